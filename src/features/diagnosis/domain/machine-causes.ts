import type { Finding } from './cause.js';
import type { SeenEvent, Situation } from './observed.js';
import { ageMs, conditionOf, instanceRef, isTrue, machineRef, recentWarning, says } from './reading.js';

/** What the VirtualMachine itself tells. */

const DELETION_MS = 5 * 60_000;
const FINAL = new Set(['Succeeded', 'Failed']);

export function deletion(situation: Situation): Finding | undefined {
  const { machine, instance, now } = situation;
  if (!machine.deletingSince) return undefined;
  // As long as its guest is given to shut down, and some.
  const patience = DELETION_MS + (instance?.graceSeconds ?? 0) * 1000;
  const stuck = ageMs(machine.deletingSince, now) > patience;
  return {
    code: stuck ? 'machine.stuck_deleting' : 'machine.deleting',
    detail: `"${machine.name}" is deleted since ${machine.deletingSince}${machine.finalizers.length > 0 ? `; held by ${machine.finalizers.join(', ')}` : ''}.`,
    since: machine.deletingSince,
    objects: instance ? [machineRef(situation), instanceRef(situation)] : [machineRef(situation)],
    passes: !stuck,
  };
}

export function instanceTypeUnknown(situation: Situation): Finding | undefined {
  const { machine, known } = situation;
  const failure = failureOf(situation, /instancetype/i);
  const lacksType = known.instanceType === false && !situation.instance;
  const lacksPreference = known.preference === false && !situation.instance;
  if (!failure && !lacksType && !lacksPreference) return undefined;
  const isPreference = lacksPreference || (!lacksType && /preference/i.test(failure?.message ?? ''));
  const name = isPreference ? machine.preference : machine.instanceType;
  return {
    code: isPreference ? 'machine.preference_unknown' : 'machine.instance_type_unknown',
    detail:
      `"${machine.name}" wants ${isPreference ? 'the preference' : 'the instance type'} "${name ?? ''}". ${says('KubeVirt', failure?.message ?? '')}`.trim(),
    since: failure?.since ?? machine.createdAt,
    objects: [machineRef(situation)],
    // Nobody makes one by the way.
    passes: false,
  };
}

export function notCreated(situation: Situation): Finding | undefined {
  const failure = conditionOf(situation.machine.conditions, 'Failure');
  if (failure?.status !== 'True' || /instancetype|preference/i.test(failure.reason + failure.message))
    return undefined;
  const taken = /already exists and is not owned/i.test(failure.message);
  return {
    code: taken ? 'machine.name_taken' : 'machine.not_created',
    detail: says('KubeVirt', failure.message || failure.reason),
    since: failure.since,
    objects: [machineRef(situation), ...(taken ? [instanceRef(situation)] : [])],
  };
}

const failureOf = ({ machine }: Situation, words: RegExp) => {
  const failure = conditionOf(machine.conditions, 'Failure');
  return failure?.status === 'True' && words.test(failure.reason + failure.message) ? failure : undefined;
};

export function recoveryNeeded(situation: Situation): Finding | undefined {
  const condition = conditionOf(situation.machine.conditions, 'ManualRecoveryRequired');
  if (condition?.status !== 'True') return undefined;
  return {
    code: 'machine.recovery_needed',
    detail: says('KubeVirt', condition.message || condition.reason),
    since: condition.since,
    objects: [machineRef(situation)],
    passes: false,
  };
}

/** After two ends in a row it is no accident. */
export function crashLoop(situation: Situation): Finding | undefined {
  const { machine, instance } = situation;
  const failure = machine.startFailure;
  const looping = machine.state === 'CrashLoopBackOff' || (failure !== null && failure.count > 1);
  if (!looping || machine.runStrategy === 'Halted') return undefined;
  const last = recentWarning(situation, /^(Stopped|SyncFailed|Crashed|Panicked)/);
  const times = failure ? `It ended ${failure.count} times in a row` : 'It ended again and again';
  const again = failure?.retryAt ? `; it is started again at ${failure.retryAt}` : '';
  return {
    code: 'machine.crash_loop',
    detail: `${times}${again}. ${says('KubeVirt', last?.message ?? '')}`.trim(),
    since: instance?.phaseSince ?? null,
    objects: [machineRef(situation), instanceRef(situation)],
    passes: false,
  };
}

/** Of one that ran, KubeVirt counts no ends: its events do, for as long as they live. */
export function restarted(situation: Situation): Finding | undefined {
  const { machine, instance, events } = situation;
  if (!instance || instance.deletingSince || FINAL.has(instance.phase)) return undefined;
  const ended = (event: SeenEvent) =>
    event.kind === 'VirtualMachineInstance' && event.warning && event.reason === 'Stopped';
  const last = recentWarning(situation, /^Stopped$/);
  if (!last || !ended(last) || last.lastAt > instance.createdAt) return undefined;
  const times = events.filter(ended).length;
  const often = times > 1 ? `It ended ${times} times within the hour` : `It ended at ${last.lastAt}`;
  return {
    code: 'machine.restarted',
    detail: `${often}; its run strategy is ${machine.runStrategy}. ${says('KubeVirt', last.message)}`,
    since: instance.createdAt,
    objects: [machineRef(situation), instanceRef(situation)],
    passes: false,
  };
}

export function locked(situation: Situation): Finding[] {
  const { machine } = situation;
  const found: Finding[] = [];
  if (machine.restoreInProgress) {
    found.push({
      code: 'machine.restore',
      detail: `The restore "${machine.restoreInProgress}" works on its disks.`,
      objects: [{ kind: 'VirtualMachineRestore', name: machine.restoreInProgress }, machineRef(situation)],
      passes: true,
    });
  }
  if (machine.snapshotInProgress) {
    found.push({
      code: 'machine.snapshot',
      detail: `The snapshot "${machine.snapshotInProgress}" is being taken.`,
      objects: [{ kind: 'VirtualMachineSnapshot', name: machine.snapshotInProgress }, machineRef(situation)],
      passes: true,
    });
  }
  return found;
}

export function restartRequired(situation: Situation): Finding | undefined {
  const { machine, instance } = situation;
  const condition = conditionOf(machine.conditions, 'RestartRequired');
  if (!instance || condition?.status !== 'True') return undefined;
  return {
    code: 'machine.restart_required',
    detail: says('KubeVirt', condition.message || 'a change of the machine is not seen by what runs'),
    since: condition.since,
    objects: [machineRef(situation)],
    passes: false,
  };
}

/** Off, with nothing in the way. */
export function off(situation: Situation): Finding | undefined {
  const { machine, instance } = situation;
  if (machine.deletingSince || isTrue(machine.conditions, 'Failure')) return undefined;
  const ended = instance && FINAL.has(instance.phase) ? instance : null;
  if (ended?.phase === 'Failed' && machine.runStrategy !== 'Halted' && !machine.startFailure) {
    return {
      code: 'instance.failed',
      detail: `Its guest ended with an error${ended.phaseSince ? ` at ${ended.phaseSince}` : ''}.`,
      since: ended.phaseSince,
      objects: [instanceRef(situation)],
    };
  }
  if (ended?.phase === 'Succeeded' && ['Manual', 'Once', 'RerunOnFailure'].includes(machine.runStrategy)) {
    return {
      code: 'machine.ended_inside',
      detail: `With the run strategy ${machine.runStrategy} it is not started again.`,
      since: ended.phaseSince,
      objects: [machineRef(situation)],
    };
  }
  if (instance || !['Halted', 'Manual'].includes(machine.runStrategy)) return undefined;
  return {
    code: 'machine.off',
    detail: `Its run strategy is ${machine.runStrategy}.`,
    objects: [machineRef(situation)],
  };
}
