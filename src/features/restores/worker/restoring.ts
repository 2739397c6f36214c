import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import {
  afterCleanUp,
  CLEAN_UP,
  fail,
  failureRecord,
  giveUp,
  giveUpCancelled,
  isRequested,
  refused,
  sinceAsked,
} from '../../snapshots/decisions.contract.js';
import type { ObservedRestore } from '../../snapshots/observed-restores.contract.js';
import type { SnapshotFacts } from '../../snapshots/snapshots.contract.js';
import type { SourceInstance, SourceMachine } from '../../snapshots/source-machine.contract.js';
import {
  restoreFailed,
  restoreStartFailed,
  restoreStopTimeout,
  restoreTimeout,
  restoreVanished,
} from '../domain/restore-failures.js';
import { restoreInput, safetySnapshotName } from '../domain/restore-input.js';

export interface RestoringObserved {
  /** Only the machine that was meant, not a later one of its name. */
  machine: SourceMachine | undefined;
  instance: SourceInstance | undefined;
  /** Only what this operation made. */
  restore: ObservedRestore | undefined;
  safety: SnapshotFacts | undefined;
}

/** How long the watch may lag behind what was asked. */
const SEEN_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10 * 60_000;
const SAFETY_LIMIT_MS = 7 * 60_000;
const RESTORE_LIMIT_MS = 60 * 60_000;
const START_LIMIT_MS = 10 * 60_000;

/** The decision of `vm.restore`. Pure. */
export function nextOfRestoring(
  operation: OperationRecord,
  observed: RestoringObserved,
  now: Date,
): Decision {
  const { machine, restore } = observed;
  if (isRequested(operation, CLEAN_UP)) {
    const left = restore && !restore.complete ? ['restore'] : [];
    return afterCleanUp(operation, left, restoreFailed);
  }
  const stopped = operation.asked.stop;
  if (!stopped) return { do: 'wait', step: 'stop' };
  if (stopped.refusal) return refused(stopped.refusal);
  if (!machine || machine.deleting) return giveUp(failureRecord(restoreVanished));
  if (!isRequested(operation, 'restore')) return beforeRestore(operation, observed, now);
  return duringRestore(operation, observed, now);
}

function beforeRestore(
  operation: OperationRecord,
  { machine, instance, safety }: RestoringObserved,
  now: Date,
): Decision {
  if (operation.cancelRequested) return giveUpCancelled();
  if (instance && !isRequested(operation, 'safety-snapshot')) {
    if (sinceAsked(operation, 'stop', now) > STOP_LIMIT_MS) return giveUp(failureRecord(restoreStopTimeout));
    return { do: 'wait', step: 'stop', message: machine?.state, recheckMs: 5000 };
  }
  if (!restoreInput(operation).safetySnapshot) return { do: 'act', step: 'restore', progress: 20 };
  const asked = operation.asked['safety-snapshot'];
  if (!asked) return { do: 'act', step: 'safety-snapshot', progress: 10 };
  if (asked.refusal) return giveUp(asked.refusal);
  if (safety?.ready) return { do: 'act', step: 'restore', progress: 20 };
  if (safety?.state === 'Failed') {
    return giveUp(
      failureRecord(restoreFailed, 'The safety snapshot could not be taken; nothing was restored.'),
    );
  }
  if (sinceAsked(operation, 'safety-snapshot', now) > SAFETY_LIMIT_MS) {
    return giveUp(failureRecord(restoreTimeout, 'The safety snapshot was not taken in time.'));
  }
  return { do: 'wait', step: 'safety-snapshot', message: safety?.state, recheckMs: 5000 };
}

function duringRestore(
  operation: OperationRecord,
  { machine, instance, restore }: RestoringObserved,
  now: Date,
): Decision {
  const made = operation.asked.restore;
  if (!made) return { do: 'wait', step: 'restore' };
  if (made.refusal) return giveUp(made.refusal);
  if (!isRequested(operation, 'start')) {
    const verdict = restoreVerdict(operation, restore, now);
    if (verdict) return verdict;
    // The lock is let go a moment after; until then KubeVirt refuses a start.
    if (machine?.restoreInProgress) {
      return { do: 'wait', step: 'restore', message: 'Unlocking the machine', recheckMs: 1000 };
    }
    return { do: 'act', step: 'start', progress: 80 };
  }
  const started = operation.asked.start;
  if (!started) return { do: 'wait', step: 'start' };
  const result = resultOf(operation, machine);
  if (started.refusal) return fail(failureRecord(restoreStartFailed, notStarted(started.refusal.message)));
  if (!restoreInput(operation).ran || isUp(instance)) return { do: 'succeed', result };
  if (sinceAsked(operation, 'start', now) > START_LIMIT_MS) {
    return fail(failureRecord(restoreStartFailed, notStarted(`it is still ${machine?.state}`)));
  }
  return { do: 'wait', step: 'start', message: machine?.state, recheckMs: 5000 };
}

const notStarted = (why: string) =>
  `The snapshot was restored, but the virtual machine does not start: ${why}`;

export const isUp = (instance: SourceInstance | undefined): boolean =>
  instance?.phase === 'Running' && !instance.deleting;

/** What to do about a VirtualMachineRestore that is asked for; null once it is complete. */
export function restoreVerdict(
  operation: OperationRecord,
  restore: ObservedRestore | undefined,
  now: Date,
): Decision | null {
  const waitedMs = sinceAsked(operation, 'restore', now);
  if (!restore) {
    if (waitedMs > SEEN_LIMIT_MS) return giveUp(failureRecord(restoreVanished));
    return { do: 'wait', step: 'restore', recheckMs: 2000 };
  }
  if (restore.complete) return null;
  if (restore.deleting) return giveUp(failureRecord(restoreVanished));
  if (restore.error !== null) return giveUp(failureRecord(restoreFailed, restore.error));
  if (waitedMs > RESTORE_LIMIT_MS)
    return giveUp(failureRecord(restoreTimeout, restore.progress ?? undefined));
  return { do: 'wait', step: 'restore', message: restore.progress ?? undefined, recheckMs: 5000 };
}

function resultOf(operation: OperationRecord, machine: SourceMachine | undefined): Record<string, unknown> {
  const { snapshot, safetySnapshot } = restoreInput(operation);
  const { name } = operation.target;
  return {
    id: machine?.uid ?? null,
    name,
    project: operation.project.name,
    snapshot,
    safetySnapshot: safetySnapshot ? safetySnapshotName(name, operation.id) : null,
  };
}
