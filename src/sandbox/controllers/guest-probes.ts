import type { ProbeAction } from '../nodes/guest-probe.js';
import type { Untyped } from '../store/kube-object.js';

export const PROBES = ['readiness', 'liveness'] as const;
export type ProbeKind = (typeof PROBES)[number];

/** How a guest is probed; the times are seconds. */
export interface ProbeSettings {
  action: ProbeAction;
  initialDelaySeconds: number;
  periodSeconds: number;
  timeoutSeconds: number;
  successThreshold: number;
  failureThreshold: number;
}

/** LibvirtStartupDelay: what KubeVirt adds to the first wait of every probe (pkg/virt-controller/services/template.go). */
const STARTUP_SECONDS = 10;

/** A probe of an instance's spec, with Kubernetes' defaults (pkg/apis/core/v1/defaults.go). */
export function probeSettings(spec: Untyped, kind: ProbeKind): ProbeSettings | undefined {
  const probe = spec[`${kind}Probe`];
  if (!probe) return undefined;
  return {
    action: actionOf(probe, spec),
    initialDelaySeconds: (probe.initialDelaySeconds ?? 0) + STARTUP_SECONDS,
    periodSeconds: probe.periodSeconds || 10,
    timeoutSeconds: probe.timeoutSeconds || 1,
    successThreshold: probe.successThreshold || 1,
    failureThreshold: probe.failureThreshold || 3,
  };
}

function actionOf({ httpGet, tcpSocket, exec, guestAgentPing }: Untyped, spec: Untyped): ProbeAction {
  const away = httpGet?.host || tcpSocket?.host;
  if (away) return { kind: 'impossible', why: `the sandbox probes its guests only, not ${away}` };
  if (guestAgentPing) return { kind: 'ping' };
  if (exec) return { kind: 'exec', command: exec.command ?? [] };
  const wanted = (httpGet ?? tcpSocket)?.port;
  const port = portOf(wanted, spec);
  if (port === undefined) return { kind: 'impossible', why: `couldn't find port: ${JSON.stringify(wanted)}` };
  if (!httpGet) return { kind: 'tcp', port };
  const headers = (httpGet.httpHeaders ?? []).map(({ name, value }: Untyped) => [name, value ?? '']);
  return {
    kind: 'http',
    scheme: httpGet.scheme === 'HTTPS' ? 'HTTPS' : 'HTTP',
    port,
    path: httpGet.path || '/',
    headers: Object.fromEntries(headers),
  };
}

/** A number, or the name of a port of one of its interfaces. */
function portOf(wanted: unknown, { domain }: Untyped): number | undefined {
  const ports: Untyped[] = (domain.devices?.interfaces ?? []).flatMap((card: Untyped) => card.ports ?? []);
  const named = ports.find(({ name }) => name && name === wanted)?.port;
  const port = Number(named ?? wanted);
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined;
}

/** The probe of the compute container, as virt-controller renders it: virt-probe asks the agent. */
export function containerProbe(vmi: Untyped, kind: ProbeKind): Untyped {
  const probe = vmi.spec[`${kind}Probe`];
  const settings = probeSettings(vmi.spec, kind);
  if (!probe || !settings) return undefined;
  const { action, ...times } = settings;
  const { guestAgentPing: _ping, ...rest } = probe;
  const virtProbe = [
    'virt-probe',
    '--domainName',
    `${vmi.metadata.namespace}_${vmi.metadata.name}`,
    '--timeoutSeconds',
    String(times.timeoutSeconds),
  ];
  if (action.kind === 'ping') return { exec: { command: [...virtProbe, '--guestAgentPing'] }, ...times };
  if (action.kind !== 'exec') return { ...rest, ...times };
  const [command = '', ...args] = action.command;
  return { exec: { command: [...virtProbe, '--command', command, '--', ...args] }, ...times };
}

/** What the answers so far come to, and how many alike there were last. */
export interface ProbeCount {
  well: boolean;
  last?: boolean;
  run: number;
}

/** One more answer: only so many alike in a row turn the verdict. */
export function counted(count: ProbeCount, well: boolean, settings: ProbeSettings): ProbeCount {
  const run = count.last === well ? count.run + 1 : 1;
  const enough = run >= (well ? settings.successThreshold : settings.failureThreshold);
  return { well: enough ? well : count.well, last: well, run };
}
