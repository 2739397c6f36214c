import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import {
  afterCleanUp,
  CLEAN_UP,
  failureRecord,
  giveUp,
  giveUpCancelled,
  isRequested,
  refused,
  sinceAsked,
} from '../decisions.contract.js';
import { consistencyOf } from '../domain/consistency.js';
import type { ObservedSnapshot } from '../domain/observed.js';
import { snapshotFailed, snapshotTimeout, snapshotVanished } from '../domain/snapshot-failures.js';

export interface SnapshotInput {
  name: string;
  /** Of the machine. */
  uid: string;
  labels: Record<string, string>;
  failureDeadlineSeconds: number;
}

export const snapshotInput = (operation: OperationRecord): SnapshotInput =>
  operation.input as unknown as SnapshotInput;

export interface TakingObserved {
  /** Only the snapshot that this operation made. */
  snapshot: ObservedSnapshot | undefined;
  /** The guest's file systems are frozen. */
  frozen: boolean;
}

/** How long the watch may lag behind what was asked. */
const SEEN_LIMIT_MS = 60_000;
/** KubeVirt ends a snapshot by itself at its deadline; this is how much later it is given up here. */
const OVERTIME_MS = 60_000;

/** The decision of `snapshot.create`. Pure. */
export function nextOfTaking(operation: OperationRecord, observed: TakingObserved, now: Date): Decision {
  const { snapshot, frozen } = observed;
  if (isRequested(operation, CLEAN_UP)) {
    return afterCleanUp(operation, snapshot || frozen ? ['snapshot'] : [], snapshotFailed);
  }
  const made = operation.asked['create-snapshot'];
  // While the cluster may be making it, there is nothing to take back yet.
  if (!made) return { do: 'wait', step: 'create-snapshot' };
  if (made.refusal) return refused(made.refusal);
  if (operation.cancelRequested && !snapshot?.ready) return giveUpCancelled();
  const waitedMs = sinceAsked(operation, 'create-snapshot', now);
  if (!snapshot) {
    if (waitedMs > SEEN_LIMIT_MS) return giveUp(failureRecord(snapshotVanished));
    return { do: 'wait', step: 'take', recheckMs: 5000 };
  }
  if (snapshot.deleting) return giveUp(failureRecord(snapshotVanished));
  if (snapshot.state === 'Succeeded' && snapshot.ready)
    return { do: 'succeed', result: resultOf(operation, snapshot) };
  if (snapshot.state === 'Failed') {
    return giveUp(failureRecord(snapshotFailed, snapshot.error ?? undefined));
  }
  const { failureDeadlineSeconds } = snapshotInput(operation);
  if (waitedMs > failureDeadlineSeconds * 1000 + OVERTIME_MS) {
    const why = snapshot.error ?? snapshot.progress;
    return giveUp(
      failureRecord(snapshotTimeout, why ? `The snapshot was not taken in time: ${why}` : undefined),
    );
  }
  return {
    do: 'wait',
    step: 'take',
    message: snapshot.error ?? snapshot.progress ?? snapshot.state,
    recheckMs: 5000,
  };
}

const resultOf = (operation: OperationRecord, snapshot: ObservedSnapshot) => ({
  id: snapshot.uid,
  name: snapshot.name,
  project: operation.project.name,
  virtualMachine: snapshot.virtualMachine,
  consistency: consistencyOf(snapshot),
});
