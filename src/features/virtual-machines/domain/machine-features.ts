import { checkLabels } from '../../../kernel/labels.js';
import type { EvictionStrategy } from './create-body.js';
import type { Problems } from './specify.js';

/** Where it runs, how its health is told, on what processor: what create and update say alike. */
export interface FeaturesBody {
  evictionStrategy?: EvictionStrategy | null;
  cpu?: CpuBody | null;
  placement?: PlacementBody | null;
  probes?: ProbesBody | null;
  watchdog?: { action: WatchdogAction } | null;
}

export const CPU_POLICIES = ['force', 'require', 'optional', 'disable', 'forbid'] as const;
export interface CpuBody {
  model?: string | null;
  features?: { name: string; policy?: (typeof CPU_POLICIES)[number] | null }[] | null;
}

export const AFFINITY_RULES = ['together', 'apart'] as const;
export const AFFINITY_SPANS = ['node', 'zone'] as const;
export const TOLERATION_OPERATORS = ['Exists', 'Equal'] as const;
export const TAINT_EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;

export interface PlacementBody {
  /** Merged (RFC 7396) where a machine is changed. */
  nodeSelector?: Record<string, string | null> | null;
  /** To other machines of the project. */
  affinity?: AffinityBody[] | null;
  tolerations?: TolerationBody[] | null;
}

export interface AffinityBody {
  /** Of the other machines; all must match. */
  labels: Record<string, string>;
  rule: (typeof AFFINITY_RULES)[number];
  /** Rather not at all than elsewhere; default: as far as possible. */
  required?: boolean | null;
  across?: (typeof AFFINITY_SPANS)[number] | null;
}

export interface TolerationBody {
  key?: string | null;
  operator?: (typeof TOLERATION_OPERATORS)[number] | null;
  value?: string | null;
  effect?: (typeof TAINT_EFFECTS)[number] | null;
}

export const WATCHDOG_ACTIONS = ['reset', 'poweroff', 'shutdown'] as const;
export type WatchdogAction = (typeof WATCHDOG_ACTIONS)[number];
export const PROBE_SCHEMES = ['HTTP', 'HTTPS'] as const;

export interface ProbesBody {
  /** Not ready: no traffic. */
  readiness?: ProbeBody | null;
  /** Not alive: it is started anew. */
  liveness?: ProbeBody | null;
}

/** Exactly one of `http`, `tcp` and `guestAgentPing`. */
export interface ProbeBody {
  http?: { port: number; path?: string | null; scheme?: (typeof PROBE_SCHEMES)[number] | null } | null;
  tcp?: { port: number } | null;
  guestAgentPing?: boolean | null;
  initialDelaySeconds?: number | null;
  periodSeconds?: number | null;
  timeoutSeconds?: number | null;
  successThreshold?: number | null;
  failureThreshold?: number | null;
}

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** `sized`: an instance type says what its processors are like. */
export function checkFeatures(body: FeaturesBody, sized: boolean, problems: Problems): void {
  if (body.cpu && sized) {
    problems.at('/cpu', 'size.conflict', 'An instance type already says what its processors are like.');
  }
  const names = [body.cpu?.model ?? 'host-model', ...(body.cpu?.features ?? []).map(({ name }) => name)];
  if (!names.every((name) => NAME.test(name))) {
    problems.at('/cpu', 'cpu', 'Names of CPU models and features have letters, digits, "-", "_" and ".".');
  }
  checkPlacement(body.placement ?? {}, problems);
  for (const which of ['readiness', 'liveness'] as const) {
    checkProbe(body.probes?.[which] ?? null, which, problems);
  }
}

function checkPlacement({ nodeSelector, affinity, tolerations }: PlacementBody, problems: Problems): void {
  for (const [key, value] of Object.entries(nodeSelector ?? {})) {
    const [name = '', ...rest] = key.split('/').reverse();
    const good =
      NAME.test(name) && rest.length < 2 && (value === null || (typeof value === 'string' && isValue(value)));
    if (!good) problems.at('/placement/nodeSelector', 'label', `"${key.slice(0, 80)}" selects no node.`);
  }
  (affinity ?? []).forEach(({ labels }, index) => {
    const pointer = `/placement/affinity/${index}/labels`;
    problems.add(...checkLabels(labels, pointer));
    if (Object.keys(labels).length === 0) problems.at(pointer, 'affinity', 'Give the labels of the others.');
  });
  (tolerations ?? []).forEach(({ key, operator, value }, index) => {
    const pointer = `/placement/tolerations/${index}`;
    if (operator === 'Exists' && value) {
      problems.at(pointer, 'toleration', 'What exists is tolerated whatever its value: give none.');
    }
    if (!key && operator !== 'Exists') problems.at(pointer, 'toleration', 'Give a key, or operator Exists.');
  });
}

const isValue = (value: string): boolean => value === '' || NAME.test(value);

function checkProbe(probe: ProbeBody | null, which: 'readiness' | 'liveness', problems: Problems): void {
  if (!probe) return;
  const pointer = `/probes/${which}`;
  const kinds = [probe.http, probe.tcp, probe.guestAgentPing].filter(Boolean);
  if (kinds.length !== 1) {
    problems.at(pointer, 'probe', 'Give exactly one of http, tcp and guestAgentPing: true.');
  }
  if (which === 'liveness' && (probe.successThreshold ?? 1) !== 1) {
    problems.at(`${pointer}/successThreshold`, 'probe', 'A machine lives again with its first success.');
  }
  if (probe.http?.path && !/^\/[\x21-\x7e]*$/.test(probe.http.path)) {
    problems.at(`${pointer}/http/path`, 'probe', 'A path begins with "/".');
  }
}

/** Kubernetes' defaults, so that a change of a probe leaves nothing of the one before. */
function probeManifest(probe: ProbeBody) {
  const { http, tcp, guestAgentPing } = probe;
  return {
    httpGet: http ? { port: http.port, path: http.path ?? '/', scheme: http.scheme ?? 'HTTP' } : null,
    tcpSocket: tcp ? { port: tcp.port } : null,
    guestAgentPing: guestAgentPing ? {} : null,
    initialDelaySeconds: probe.initialDelaySeconds ?? 0,
    periodSeconds: probe.periodSeconds ?? 10,
    timeoutSeconds: probe.timeoutSeconds ?? 1,
    successThreshold: probe.successThreshold ?? 1,
    failureThreshold: probe.failureThreshold ?? 3,
  };
}

const SPANS = { node: 'kubernetes.io/hostname', zone: 'topology.kubernetes.io/zone' } as const;

function affinityManifest(rules: readonly AffinityBody[]) {
  const of = (rule: AffinityBody['rule']) => {
    const terms = rules
      .filter((one) => one.rule === rule)
      .map(({ labels, required, across }) => ({
        required: required === true,
        term: { labelSelector: { matchLabels: labels }, topologyKey: SPANS[across ?? 'node'] },
      }));
    if (terms.length === 0) return null;
    const must = terms.filter(({ required }) => required).map(({ term }) => term);
    const may = terms.filter(({ required }) => !required).map(({ term }) => term);
    return {
      requiredDuringSchedulingIgnoredDuringExecution: must.length > 0 ? must : null,
      preferredDuringSchedulingIgnoredDuringExecution:
        may.length > 0 ? may.map((podAffinityTerm) => ({ weight: 100, podAffinityTerm })) : null,
    };
  };
  const found = { podAffinity: of('together'), podAntiAffinity: of('apart') };
  return found.podAffinity || found.podAntiAffinity ? found : null;
}

/**
 * The part of a template's spec that a body asks for, as a merge patch: null takes away, what is absent stays. A new
 * machine's is the same without its nulls (`withoutNulls`).
 */
export function featuresPatch(body: FeaturesBody): Record<string, unknown> {
  const { evictionStrategy, cpu, placement, probes, watchdog } = body;
  const given = (value: unknown) => value !== undefined;
  return {
    ...(given(evictionStrategy) && { evictionStrategy }),
    ...(placement === null && { nodeSelector: null, affinity: null, tolerations: null }),
    ...(given(placement?.nodeSelector) && { nodeSelector: placement?.nodeSelector }),
    ...(given(placement?.affinity) && { affinity: affinityManifest(placement?.affinity ?? []) }),
    ...(given(placement?.tolerations) && {
      tolerations: placement?.tolerations?.map((one) => withoutNulls({ operator: 'Equal', ...one })) ?? null,
    }),
    ...probesPatch(probes),
    ...((given(cpu) || given(watchdog)) && {
      domain: {
        ...(given(cpu) && { cpu: cpuPatch(cpu ?? null) }),
        ...(given(watchdog) && {
          devices: {
            watchdog: watchdog ? { name: 'watchdog', i6300esb: { action: watchdog.action } } : null,
          },
        }),
      },
    }),
  };
}

function probesPatch(probes: ProbesBody | null | undefined): Record<string, unknown> {
  if (probes === undefined) return {};
  if (probes === null) return { readinessProbe: null, livenessProbe: null };
  const of = (probe: ProbeBody | null | undefined) => (probe ? probeManifest(probe) : probe);
  const { readiness, liveness } = probes;
  return {
    ...(readiness !== undefined && { readinessProbe: of(readiness) }),
    ...(liveness !== undefined && { livenessProbe: of(liveness) }),
  };
}

const cpuPatch = (cpu: CpuBody | null) => ({
  ...((cpu === null || cpu.model !== undefined) && { model: cpu?.model ?? null }),
  ...((cpu === null || cpu.features !== undefined) && {
    features: cpu?.features?.map(({ name, policy }) => ({ name, policy: policy ?? 'require' })) ?? null,
  }),
});

/** What a merge patch makes of nothing (RFC 7396). */
export function withoutNulls(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withoutNulls);
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).flatMap(([key, value]) => (value === null ? [] : [[key, withoutNulls(value)]])),
  );
}

/** Two patches as one; where both say something, the second does. */
export function merged(one: unknown, other: unknown): unknown {
  const isObject = (part: unknown): part is Record<string, unknown> =>
    typeof part === 'object' && part !== null && !Array.isArray(part);
  if (!isObject(one) || !isObject(other)) return other;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      key in other ? (key in one ? merged(one[key], other[key]) : other[key]) : one[key],
    ]),
  );
}

/** Fields that need something that the platform may not open. */
export function featuresNotOpen(
  body: FeaturesBody,
  open: { readonly placement: boolean; readonly cpuModels: boolean },
): string[] {
  return [
    ...(body.placement && !open.placement ? ['placement'] : []),
    ...(body.cpu && !open.cpuModels ? ['cpu'] : []),
  ];
}
