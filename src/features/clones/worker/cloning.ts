import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import {
  afterCleanUp,
  CLEAN_UP,
  fail,
  failureRecord,
  giveUp,
  giveUpCancelled,
  isRequested,
  sinceAsked,
  whyCleaning,
} from '../../snapshots/decisions.contract.js';
import type { SourceInstance, SourceMachine } from '../../snapshots/source-machine.contract.js';
import {
  cloneFailed,
  cloneSourceGone,
  cloneStartFailed,
  cloneTimeout,
  cloneVanished,
} from '../domain/clone-failures.js';
import { type CloneInput, cloneInput } from '../domain/clone-input.js';
import type { ObservedClone, ObservedCopy } from '../domain/observed.js';

export interface CloningObserved {
  /** The new machine. */
  machine: SourceMachine | undefined;
  instance: SourceInstance | undefined;
  /** Only what this operation made. */
  clone: ObservedClone | undefined;
  /** Of the disks, in the order of the input; those that are there. */
  copies: ObservedCopy[];
}

/** How long the watch may lag behind what was asked. */
const SEEN_LIMIT_MS = 60_000;
const STALL_LIMIT_MS = 60 * 60_000;
const START_LIMIT_MS = 10 * 60_000;

/** Noted by a clean-up that met KubeVirt's clone. */
export const LOOK_AGAIN = 'look-again';

/** The decision of `vm.clone`. Pure. */
export function nextOfCloning(operation: OperationRecord, observed: CloningObserved, now: Date): Decision {
  const { machine, instance, clone } = observed;
  if (isRequested(operation, CLEAN_UP)) {
    const ours = machine?.operationId === operation.id;
    const cleaned = operation.asked[CLEAN_UP];
    if (!clone && cleaned && !cleaned.refusal && LOOK_AGAIN in cleaned.notes) {
      return { do: 'act', step: CLEAN_UP, message: whyCleaning(operation), again: true };
    }
    return afterCleanUp(operation, clone || ours ? ['clone'] : [], cloneFailed);
  }
  const made = operation.asked.copy;
  if (!made) return { do: 'wait', step: 'copy' };
  // Of several objects some may be made.
  if (made.refusal?.code === 'operation.cancelled') return giveUpCancelled();
  if (made.refusal) return giveUp(made.refusal);
  if (operation.cancelRequested && !isRequested(operation, 'start')) return giveUpCancelled();
  if (!isRequested(operation, 'personalise')) {
    const input = cloneInput(operation);
    const verdict =
      input.method === 'snapshot'
        ? cloneVerdict(operation, clone, now)
        : copyVerdict(operation, input, observed, now);
    return verdict ?? { do: 'act', step: 'personalise', progress: 90 };
  }
  const personalised = operation.asked.personalise;
  if (!personalised) return { do: 'wait', step: 'personalise' };
  if (personalised.refusal) return giveUp(personalised.refusal);
  if (!machine) {
    return sinceAsked(operation, 'personalise', now) > SEEN_LIMIT_MS
      ? giveUp(failureRecord(cloneVanished))
      : { do: 'wait', step: 'personalise', recheckMs: 2000 };
  }
  const result = resultOf(operation, machine);
  if (!cloneInput(operation).start) return { do: 'succeed', result };
  const started = operation.asked.start;
  if (!started) return { do: 'act', step: 'start', progress: 95 };
  if (started.refusal) return fail(failureRecord(cloneStartFailed, started.refusal.message));
  if (instance?.phase === 'Running' && !instance.deleting) return { do: 'succeed', result };
  if (sinceAsked(operation, 'start', now) > START_LIMIT_MS) {
    return fail(failureRecord(cloneStartFailed, `The clone is still ${machine.state}.`));
  }
  return { do: 'wait', step: 'start', message: machine.state, recheckMs: 5000 };
}

const PROGRESS: Record<string, number> = {
  SnapshotInProgress: 20,
  CreatingTargetVM: 50,
  RestoreInProgress: 60,
};

/** Null once the clone is made. */
function cloneVerdict(
  operation: OperationRecord,
  clone: ObservedClone | undefined,
  now: Date,
): Decision | null {
  const waitedMs = sinceAsked(operation, 'copy', now);
  if (!clone) {
    if (waitedMs > SEEN_LIMIT_MS) return giveUp(failureRecord(cloneVanished));
    return { do: 'wait', step: 'copy', recheckMs: 2000 };
  }
  if (clone.phase === 'Succeeded') return null;
  if (clone.deleting) return giveUp(failureRecord(cloneVanished));
  if (clone.phase === 'Failed') return giveUp(failureRecord(cloneFailed, clone.message ?? undefined));
  if (now.getTime() - operation.progressAt.getTime() > STALL_LIMIT_MS) {
    return giveUp(failureRecord(cloneTimeout, clone.message ?? undefined));
  }
  return {
    do: 'wait',
    step: 'copy',
    progress: Math.max(operation.progress ?? 0, PROGRESS[clone.phase] ?? 5),
    message: clone.message ?? clone.phase,
    recheckMs: 5000,
  };
}

/** Null once every disk is copied. */
function copyVerdict(
  operation: OperationRecord,
  { claims }: CloneInput,
  { machine, copies }: CloningObserved,
  now: Date,
): Decision | null {
  if (!machine || machine.deleting) {
    if (machine || sinceAsked(operation, 'copy', now) > SEEN_LIMIT_MS)
      return giveUp(failureRecord(cloneVanished));
    return { do: 'wait', step: 'copy', recheckMs: 2000 };
  }
  const wanted = Object.keys(claims).length;
  const failed = copies.find(({ phase }) => phase === 'Failed');
  if (failed) {
    return giveUp(
      failureRecord(cloneFailed, `The disk "${failed.name}" was not copied: ${failed.message ?? ''}`),
    );
  }
  const orphan = copies.find(({ orphaned }) => orphaned);
  if (orphan) {
    return giveUp(failureRecord(cloneSourceGone, `What the disk "${orphan.name}" is copied from is gone.`));
  }
  if (copies.filter(({ phase }) => phase === 'Succeeded').length === wanted) return null;
  if (now.getTime() - operation.progressAt.getTime() > STALL_LIMIT_MS)
    return giveUp(failureRecord(cloneTimeout));
  const sum = copies.reduce(
    (all, { phase, progress }) => all + (phase === 'Succeeded' ? 100 : (progress ?? 0)),
    0,
  );
  const behind = copies.find(({ phase }) => phase !== 'Succeeded');
  return {
    do: 'wait',
    step: 'copy',
    progress: Math.max(operation.progress ?? 0, Math.round((sum / Math.max(1, wanted)) * 0.85)),
    message: behind ? `${behind.name}: ${behind.phase}` : 'Waiting for its disks',
    recheckMs: 5000,
  };
}

function resultOf(operation: OperationRecord, machine: SourceMachine): Record<string, unknown> {
  const { method, fallbackReason, source } = cloneInput(operation);
  const lost = operation.asked.personalise?.notes.lostSecrets;
  return {
    id: machine.uid,
    name: machine.name,
    project: operation.project.name,
    source: { project: source.project.name, name: source.name },
    method,
    fallbackReason,
    warnings: lost
      ? [`The cloud-init data of the original is gone (${lost}); the clone boots with an empty one.`]
      : [],
  };
}
