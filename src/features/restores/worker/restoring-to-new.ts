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
import type { SourceInstance, SourceMachine } from '../../snapshots/source-machine.contract.js';
import { restoreFailed, restoreStartFailed, restoreVanished } from '../domain/restore-failures.js';
import { restoreToNewInput } from '../domain/restore-input.js';
import { isUp, restoreVerdict } from './restoring.js';

export interface RestoringToNewObserved {
  machine: SourceMachine | undefined;
  instance: SourceInstance | undefined;
  /** Only what this operation made. */
  restore: ObservedRestore | undefined;
}

const START_LIMIT_MS = 10 * 60_000;
const SEEN_LIMIT_MS = 60_000;

/** The decision of `vm.restore-to-new`. Pure. */
export function nextOfRestoringToNew(
  operation: OperationRecord,
  { machine, instance, restore }: RestoringToNewObserved,
  now: Date,
): Decision {
  if (isRequested(operation, CLEAN_UP)) {
    const left = [
      ...(restore && !restore.complete ? ['restore'] : []),
      ...(isOurs(operation, machine) ? ['machine'] : []),
    ];
    return afterCleanUp(operation, left, restoreFailed);
  }
  const made = operation.asked.restore;
  if (!made) return { do: 'wait', step: 'restore' };
  if (made.refusal) return refused(made.refusal);
  if (operation.cancelRequested && !isRequested(operation, 'start')) return giveUpCancelled();
  if (!isRequested(operation, 'personalise')) {
    return restoreVerdict(operation, restore, now) ?? { do: 'act', step: 'personalise', progress: 70 };
  }
  const personalised = operation.asked.personalise;
  if (!personalised) return { do: 'wait', step: 'personalise' };
  if (personalised.refusal) return giveUp(personalised.refusal);
  if (!machine) {
    return sinceAsked(operation, 'personalise', now) > SEEN_LIMIT_MS
      ? giveUp(failureRecord(restoreVanished))
      : { do: 'wait', step: 'personalise', recheckMs: 2000 };
  }
  const result = resultOf(operation, machine);
  if (!restoreToNewInput(operation).start) return { do: 'succeed', result };
  const started = operation.asked.start;
  if (!started) return { do: 'act', step: 'start', progress: 80 };
  if (started.refusal) return fail(failureRecord(restoreStartFailed, started.refusal.message));
  if (isUp(instance)) return { do: 'succeed', result };
  if (sinceAsked(operation, 'start', now) > START_LIMIT_MS) {
    return fail(failureRecord(restoreStartFailed, `The virtual machine is still ${machine.state}.`));
  }
  return { do: 'wait', step: 'start', message: machine.state, recheckMs: 5000 };
}

const isOurs = ({ id }: OperationRecord, machine: SourceMachine | undefined): boolean =>
  machine?.operationId === id;

function resultOf(operation: OperationRecord, machine: SourceMachine): Record<string, unknown> {
  const lost = operation.asked.personalise?.notes.lostSecrets;
  return {
    id: machine.uid,
    name: machine.name,
    project: operation.project.name,
    snapshot: restoreToNewInput(operation).snapshot,
    warnings: lost
      ? [`The cloud-init data of the original is gone (${lost}); the new machine boots with an empty one.`]
      : [],
  };
}
