import type { CauseCode } from './catalogue.js';
import type { Finding, ObjectRef } from './cause.js';
import type { SeenCondition, Situation } from './observed.js';
import { conditionOf, instanceRef, recentWarning, ref, says } from './reading.js';

/** Between the instance and a node: the pod may not be made, or nobody takes it. */

/** kube-scheduler's reasons (pkg/scheduler/framework/plugins); several may hold, each for some of the nodes. */
const REFUSALS: [RegExp, CauseCode][] = [
  [/insufficient memory/i, 'scheduling.memory'],
  [/insufficient cpu/i, 'scheduling.cpu'],
  [/insufficient (devices\.kubevirt\.io|hugepages|[a-z0-9.-]+\/)/i, 'scheduling.devices'],
  [
    /volume node affinity|unbound immediate PersistentVolumeClaims|persistentvolumeclaim "[^"]*" not found|volume binding|max volume count/i,
    'scheduling.storage',
  ],
  [
    /didn't match Pod's node (affinity|selector)|didn't match pod (anti-)?affinity|topology spread/i,
    'scheduling.placement',
  ],
  [/(were|was) unschedulable|untolerated taint|had taint|were not ready/i, 'scheduling.nodes_closed'],
];

export function unschedulable(situation: Situation): Finding[] {
  const { instance, pods } = situation;
  if (!instance || instance.deletingSince || instance.node) return [];
  const refused = [instance.conditions, ...pods.map(({ conditions }) => conditions)]
    .map((conditions) => conditionOf(conditions, 'PodScheduled'))
    .find((one): one is SeenCondition => one?.status === 'False' && one.reason === 'Unschedulable');
  if (!refused) return [];
  // Of preemption the scheduler tells the same again.
  const [words = ''] = refused.message.split(/\.? preemption:/);
  const codes = REFUSALS.filter(([pattern]) => pattern.test(words)).map(([, code]) => code);
  const nodes = /^0\/(\d+) nodes/.exec(words)?.[1];
  const pod = pods[0];
  const objects: ObjectRef[] = [instanceRef(situation), ...(pod ? [ref('Pod', pod)] : [])];
  const detail = `${nodes ? `None of ${nodes} nodes takes it. ` : ''}${says('The scheduler', words)}`;
  return (codes.length > 0 ? mostTelling(codes) : ['scheduling.unschedulable' as const]).map((code) => ({
    code,
    detail,
    since: refused.since,
    objects,
  }));
}

/** Where some nodes are closed and the others full, it is the full ones that keep it out. */
function mostTelling(codes: CauseCode[]): CauseCode[] {
  const telling = codes.filter((code) => code !== 'scheduling.nodes_closed');
  return telling.length > 0 ? telling : codes;
}

/** Admission's words: quota (pkg/quota), LimitRange, Pod Security, and webhooks. */
const ADMISSION: [RegExp, CauseCode][] = [
  [/exceeded quota/i, 'instance.quota_exceeded'],
  [/maximum .* usage per|minimum .* usage per|LimitRange/i, 'instance.limit_exceeded'],
  [/violates PodSecurity|security context constraint/i, 'instance.policy_refused'],
];

export function podRefused(situation: Situation): Finding | undefined {
  const refused = conditionOf(situation.instance?.conditions, 'Synchronized');
  if (refused?.status !== 'False' || refused.reason !== 'FailedCreate') return undefined;
  return {
    code: ADMISSION.find(([pattern]) => pattern.test(refused.message))?.[1] ?? 'instance.pod_refused',
    detail: says('The cluster', refused.message),
    since: refused.since,
    objects: [instanceRef(situation)],
  };
}

const IMAGE =
  /^(Err)?Image(Pull|Inspect|NeverPull)|^ImagePullBackOff$|^InvalidImageName$|^RegistryUnavailable$/;

export function imagePull(situation: Situation): Finding | undefined {
  const { instance, pods } = situation;
  for (const pod of pods) {
    const stuck = pod.containers.find(({ waiting }) => waiting && IMAGE.test(waiting.reason));
    if (!stuck?.waiting) continue;
    return {
      code: 'instance.image_pull',
      detail: says('The node', stuck.waiting.message || stuck.waiting.reason),
      since: conditionOf(instance?.conditions, 'Synchronized')?.since ?? pod.createdAt,
      objects: [ref('Pod', pod), instanceRef(situation)],
    };
  }
  return undefined;
}

export function claimMissing(situation: Situation): Finding | undefined {
  const { instance, machine, disks } = situation;
  if (instance?.deletingSince || machine.deletingSince) return undefined;
  const waits = conditionOf(instance?.conditions, 'Synchronized');
  const told = waits?.status === 'False' && waits.reason === 'FailedPvcNotFound';
  const missing = disks.filter(({ claim, dataVolume }) => !claim && !dataVolume);
  if (!told && (missing.length === 0 || machine.restoreInProgress)) return undefined;
  const names = missing.map(({ claimName }) => `"${claimName}"`).join(', ');
  return {
    code: 'instance.claim_missing',
    detail: [names && `There is no disk ${names}.`, told && says('KubeVirt', waits.message)]
      .filter(Boolean)
      .join(' '),
    since: (told && waits.since) || machine.createdAt,
    objects: [
      ...missing.map(({ claimName }) => ({ kind: 'PersistentVolumeClaim', name: claimName })),
      instanceRef(situation),
    ],
    // Of a machine that is off nothing is missing yet.
    ...(instance ? {} : { passes: machine.runStrategy === 'Halted' ? false : undefined }),
  };
}

export function secretMissing(situation: Situation): Finding | undefined {
  const condition = conditionOf(situation.instance?.conditions, 'Synchronized');
  const told = condition?.status === 'False' && /Secret/.test(condition.reason) ? condition : undefined;
  const event = notRunning(situation) ? recentWarning(situation, /^FailedMount$/) : undefined;
  const words = told?.message ?? event?.message ?? '';
  const name = /(?:secret|configmap) "?([a-z0-9.-]+\/)?([a-z0-9.-]+)"? (?:not found|does not exist)/i.exec(
    words,
  )?.[2];
  if (!told && !name) return undefined;
  return {
    code: 'instance.secret_missing',
    detail: says('The cluster', words),
    since: told?.since ?? event?.lastAt ?? null,
    objects: [...(name ? [{ kind: 'Secret', name }] : []), instanceRef(situation)],
  };
}

export function notMounted(situation: Situation): Finding | undefined {
  if (!notRunning(situation)) return undefined;
  const event = recentWarning(situation, /^(FailedMount|FailedAttachVolume|FailedMapVolume)$/);
  if (!event || /(secret|configmap) "[^"]*" not found/i.test(event.message)) return undefined;
  const elsewhere = /Multi-Attach|already (exclusively )?attached|used by (pod|another)/i.test(event.message);
  return {
    code: elsewhere ? 'disk.in_use_elsewhere' : 'disk.not_mounted',
    detail: says('The node', event.message),
    since: event.lastAt,
    objects: [{ kind: event.kind, name: event.about }, instanceRef(situation)],
  };
}

/** Mounting is over where the guest runs: what was told of it before is history. */
const notRunning = ({ instance }: Situation): boolean =>
  instance !== null && !['Running', 'Succeeded', 'Failed'].includes(instance.phase);
