import type { CauseCode } from './catalogue.js';
import type { Finding } from './cause.js';
import type { Situation } from './observed.js';
import { ageMs, conditionOf, instanceRef, isTrue, recentWarning, ref, says } from './reading.js';

/** What runs, or is about to: the instance and its launcher pod. */

const START_MS = 3 * 60_000;
const AGENT_MS = 5 * 60_000;
const FAILED_MIGRATION_MS = 24 * 3600_000;

/** virt-handler's reasons (pkg/virt-controller/watch/vmi, api/core/v1/types.go). */
export function paused(situation: Situation): Finding | undefined {
  const { instance } = situation;
  const condition = conditionOf(instance?.conditions, 'Paused');
  if (!instance || condition?.status !== 'True') return undefined;
  const broken = /IOError|PausedIO|low-level IO/i.test(condition.reason + condition.message);
  return {
    code: broken ? 'instance.io_error' : 'instance.paused',
    detail: says('KubeVirt', condition.message || condition.reason),
    since: condition.since,
    objects: [instanceRef(situation)],
    passes: false,
  };
}

export function frozen(situation: Situation): Finding | undefined {
  const { instance, machine } = situation;
  if (!instance?.frozen) return undefined;
  const { snapshotInProgress } = machine;
  return {
    code: 'instance.frozen',
    detail: snapshotInProgress
      ? `The snapshot "${snapshotInProgress}" has frozen them.`
      : 'No snapshot is in progress.',
    objects: [instanceRef(situation)],
    passes: snapshotInProgress !== null,
  };
}

export function noAgent(situation: Situation): Finding | undefined {
  const { instance, now } = situation;
  if (instance?.phase !== 'Running' || instance.deletingSince) return undefined;
  if (isTrue(instance.conditions, 'AgentConnected') || isTrue(instance.conditions, 'Paused'))
    return undefined;
  const booting = ageMs(instance.phaseSince, now) < AGENT_MS;
  return {
    code: 'instance.no_agent',
    detail: booting ? 'The guest may still be booting.' : 'The guest runs, and its agent has not spoken.',
    since: instance.phaseSince,
    objects: [instanceRef(situation)],
  };
}

/** KubeVirt's reasons of LiveMigratable in plain words (pkg/virt-handler, types.go VirtualMachineInstanceReason*). */
const MIGRATION: [RegExp, string][] = [
  [
    /DisksNotLiveMigratable/,
    'Use disks with the access mode ReadWriteMany: both nodes must reach them at once.',
  ],
  [/InterfaceNotLiveMigratable/, 'Use masquerade in place of bridge on the pod network.'],
  [/HotplugNotLiveMigratable/, 'Detach the disks that were attached while it ran, or restart the machine.'],
  [/HostDeviceNotLiveMigratable|SRIOV/i, 'Take the host device away: a device of one node cannot move.'],
  [/CPUModeLiveMigratable|CPUMode/, 'Choose a cpu model that all nodes have, not that of the host.'],
  [/VirtIOFS/i, 'File systems of the host cannot move: use disks.'],
  [/SEV|SecureExecution|TDX/i, 'Encrypted memory cannot move to another node.'],
  [/DedicatedCPU|dedicated/i, 'Dedicated processors need a node that has as many free.'],
];

export function notMigratable(situation: Situation): Finding | undefined {
  const { instance } = situation;
  if (instance?.phase !== 'Running' || instance.deletingSince) return undefined;
  const condition = conditionOf(instance.conditions, 'LiveMigratable');
  if (condition?.status !== 'False') return undefined;
  const advice = MIGRATION.find(([pattern]) => pattern.test(condition.reason))?.[1];
  const claim = /PVC ([a-z0-9.-]+)/.exec(condition.message)?.[1];
  return {
    code: 'instance.not_migratable',
    detail: says('KubeVirt', condition.message || condition.reason),
    since: condition.since,
    objects: [instanceRef(situation), ...(claim ? [{ kind: 'PersistentVolumeClaim', name: claim }] : [])],
    whatToDo: advice ? `${advice} Or stop and start it.` : null,
  };
}

export function migration(situation: Situation): Finding | undefined {
  const { instance, now } = situation;
  const state = instance?.migration;
  if (!instance || !state) return undefined;
  if (state.failed) {
    const since = state.endedAt ?? state.startedAt;
    if (ageMs(since, now) > FAILED_MIGRATION_MS) return undefined;
    return {
      code: 'instance.migration_failed',
      detail:
        `${state.target ? `It was to go to ${state.target}. ` : ''}${says('KubeVirt', state.reason)}`.trim(),
      since,
      objects: [instanceRef(situation)],
      passes: false,
    };
  }
  if (state.completed || !state.startedAt) return undefined;
  return {
    code: 'instance.migrating',
    detail: `It goes${instance.node ? ` from ${instance.node}` : ''}${state.target ? ` to ${state.target}` : ' to another node'}.`,
    since: state.startedAt,
    objects: [instanceRef(situation)],
    passes: true,
  };
}

export function evacuating(situation: Situation): Finding | undefined {
  const { instance } = situation;
  if (!instance?.evacuates || instance.deletingSince) return undefined;
  const stays = conditionOf(instance.conditions, 'LiveMigratable')?.status === 'False';
  return {
    code: 'instance.evacuating',
    detail: `${instance.evacuates} is to be emptied${stays ? ', and the machine cannot be migrated' : ''}.`,
    since: null,
    objects: [instanceRef(situation), { kind: 'Node', name: instance.evacuates }],
    passes: !stays,
  };
}

export function stopping(situation: Situation): Finding | undefined {
  const { instance, machine, now } = situation;
  if (!instance?.deletingSince || machine.deletingSince) return undefined;
  // The pod is given thirty seconds more than the guest.
  const stuck = ageMs(instance.deletingSince, now) > (instance.graceSeconds + 90) * 1000;
  return {
    code: stuck ? 'instance.stuck_stopping' : 'instance.stopping',
    detail: `It was told to stop at ${instance.deletingSince}; its guest is given ${instance.graceSeconds} seconds.`,
    since: instance.deletingSince,
    objects: [instanceRef(situation), ...situation.pods.map((pod) => ref('Pod', pod))],
    passes: !stuck,
  };
}

export function podEnded(situation: Situation): Finding | undefined {
  for (const pod of situation.pods) {
    const killed = pod.containers.find(({ ended }) => ended?.reason === 'OOMKilled');
    const objects = [ref('Pod', pod), instanceRef(situation)];
    if (killed?.ended) {
      return {
        code: 'instance.killed_for_memory',
        detail: `The container ${killed.name} was killed for want of memory.`,
        since: killed.ended.at,
        objects,
        passes: false,
      };
    }
    if (
      pod.phase === 'Failed' &&
      /^(Evicted|Preempt|NodeLost|Shutdown|NodeShutdown|Terminated)/i.test(pod.reason)
    ) {
      return {
        code: 'instance.evicted',
        detail: says('The node', pod.message || pod.reason),
        since: pod.containers.find(({ ended }) => ended)?.ended?.at ?? null,
        objects,
        passes: false,
      };
    }
  }
  return undefined;
}

/** Reasons that have a rule of their own. */
const TOLD_ELSEWHERE = /^(FailedCreate|FailedPvcNotFound|FailedSecretNotFound|.*ImagePull.*|NotAllDVsReady)$/;

export function notSynchronized(situation: Situation): Finding | undefined {
  const { instance } = situation;
  const condition = conditionOf(instance?.conditions, 'Synchronized');
  if (!instance || condition?.status !== 'False' || TOLD_ELSEWHERE.test(condition.reason)) return undefined;
  return {
    code: 'instance.not_synchronized',
    detail: says('KubeVirt', condition.message || condition.reason),
    since: condition.since,
    objects: [instanceRef(situation)],
  };
}

const LIVENESS_MS = 60_000;

export function unhealthy(situation: Situation): Finding | undefined {
  const { instance, now } = situation;
  if (instance?.phase !== 'Running' || isTrue(instance.conditions, 'Paused')) return undefined;
  const event = recentWarning(situation, /^Unhealthy$/);
  if (!event) return undefined;
  // Of its liveness no condition tells: it is told of for as long as the probe may come again.
  const dying = /^Liveness/.test(event.message) && ageMs(event.lastAt, now) < LIVENESS_MS;
  if (!dying && isTrue(instance.conditions, 'Ready')) return undefined;
  return {
    code: 'instance.unhealthy',
    detail: says('The probe', event.message),
    since: event.lastAt,
    objects: [instanceRef(situation)],
    passes: false,
  };
}

export function unknownPhase(situation: Situation): Finding | undefined {
  const { instance } = situation;
  if (instance?.phase !== 'Unknown') return undefined;
  return {
    code: 'instance.unknown',
    detail: `Since ${instance.phaseSince ?? 'a while'} its node ${instance.node ?? ''} says nothing of it.`,
    since: instance.phaseSince,
    objects: [instanceRef(situation)],
  };
}

/** On its way, where nothing else is found to be in the way: `diagnose` asks this last. */
export function starting(situation: Situation): Finding | undefined {
  const { instance, machine, now } = situation;
  const wants = ['Always', 'Once', 'RerunOnFailure'].includes(machine.runStrategy);
  if (machine.deletingSince || instance?.deletingSince) return undefined;
  const underway = instance ? ['Pending', 'Scheduling', 'Scheduled'].includes(instance.phase) : wants;
  if (!underway) return undefined;
  const since = instance?.phaseSince ?? instance?.createdAt ?? null;
  const stuck = ageMs(instance?.createdAt ?? null, now) > START_MS;
  const code: CauseCode = stuck ? 'instance.stuck_starting' : 'instance.starting';
  return {
    code,
    detail: instance
      ? `It is ${instance.phase}${instance.node ? ` on ${instance.node}` : ''}.`
      : 'The cluster has not begun yet.',
    since,
    objects: [instanceRef(situation)],
    passes: !stuck,
  };
}
