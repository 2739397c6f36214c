import type { FailureRecord } from '../../../kernel/failure.js';
import { failureRecord } from '../../operations/asked.contract.js';
import { vmStartFailed, vmStartTimeout, vmUnschedulable } from '../domain/failures.js';
import type { ObservedInstance, ObservedMachine } from '../domain/observed.js';

const UNSCHEDULABLE_GRACE_MS = 15_000;
const CRASH_GRACE_MS = 10_000;
const START_LIMIT_MS = 10 * 60_000;
/** While its disks are being filled, a start waits for them. */
const DISKS_LIMIT_MS = 6 * 3600_000;

export type StartVerdict =
  | { started: true }
  | { started: false; failure: FailureRecord }
  | { started: false; failure: null; message: string };

const failed = (failure: FailureRecord): StartVerdict => ({ started: false, failure });
const waiting = (message: string): StartVerdict => ({ started: false, failure: null, message });

/**
 * How far a start has come. `waitedMs`: since the cluster was asked. A machine that found no node stays as it is, and
 * the cluster goes on trying: only the waiting ends.
 */
export function startVerdict(
  machine: ObservedMachine,
  instance: ObservedInstance | undefined,
  wanted: { paused: boolean },
  waitedMs: number,
  now: Date,
): StartVerdict {
  if (instance && !instance.deleting && instance.phase === 'Running') {
    if (wanted.paused ? machine.state === 'Paused' : RUNNING.has(machine.state)) return { started: true };
  }
  if (instance?.unschedulable) {
    const { message, since } = instance.unschedulable;
    const stuckMs = since === null ? waitedMs : Math.min(waitedMs, now.getTime() - Date.parse(since));
    if (stuckMs >= UNSCHEDULABLE_GRACE_MS) {
      return failed(
        failureRecord(
          vmUnschedulable,
          `No node has room for the virtual machine: ${message}`,
          'It starts by itself when room is made. Stop it, make it smaller, or stop another.',
        ),
      );
    }
    return waiting(message);
  }
  if (BROKEN.has(machine.state) && waitedMs >= CRASH_GRACE_MS) {
    return failed(failureRecord(vmStartFailed, reasonOf(machine)));
  }
  const limit = FILLING.has(machine.state) ? DISKS_LIMIT_MS : START_LIMIT_MS;
  if (waitedMs >= limit) {
    return failed(
      failureRecord(
        vmStartTimeout,
        `The virtual machine is still ${machine.state} after ${Math.round(waitedMs / 60_000)} minutes.`,
      ),
    );
  }
  return waiting(machine.state);
}

const RUNNING = new Set(['Running', 'Migrating', 'Paused']);
const FILLING = new Set(['Provisioning', 'WaitingForVolumeBinding']);
const BROKEN = new Set([
  'CrashLoopBackOff',
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrorPvcNotFound',
  'DataVolumeError',
]);

/** The sentence of the condition that explains a state best. */
function reasonOf(machine: ObservedMachine): string {
  const explains = ['Failure', 'Ready', 'DataVolumesReady'];
  const condition = explains
    .map((type) => machine.conditions.find((candidate) => candidate.type === type))
    .find((candidate) => candidate?.message);
  return `The virtual machine is ${machine.state}${condition?.message ? `: ${condition.message}` : '.'}`;
}
