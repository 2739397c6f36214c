import { fail, failureRecord, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import { vmStopTimeout, vmVanished } from '../domain/failures.js';
import type { ObservedInstance, ObservedMachine, TrashedMachine } from '../domain/observed.js';
import { trashRefused } from '../domain/trash-failures.js';

export interface TrashInput {
  uid: string;
  retentionSeconds: number;
  keepDisks: string[];
  snapshots: string[];
}

export const trashInput = (operation: OperationRecord): TrashInput =>
  operation.input as unknown as TrashInput;

export const undeleteInput = (operation: OperationRecord) => operation.input as unknown as { uid: string };

/** Only the machine that was meant, not a later one of its name. */
export interface TrashObserved {
  machine: ObservedMachine | undefined;
  trashed: TrashedMachine | undefined;
  instance: ObservedInstance | undefined;
}

/** How long the watch may lag behind what was asked. */
const SEEN_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 15 * 60_000;

/** The decision of `vm.trash`. Pure. */
export function nextOfTrashing(operation: OperationRecord, observed: TrashObserved, now: Date): Decision {
  const asked = operation.asked.trash;
  if (!asked) return { do: 'wait', step: 'trash' };
  if (asked.refusal) return fail(asked.refusal);
  const waitedMs = sinceAsked(operation, 'trash', now);
  const { machine, trashed, instance } = observed;
  if (!trashed) return unseen(machine, waitedMs);
  if (!instance) {
    const purgeAt = trashed.trash?.purgeAt ?? null;
    return { do: 'succeed', result: { id: trashed.uid, name: trashed.name, trash: true, purgeAt } };
  }
  if (waitedMs < STOP_LIMIT_MS) {
    return { do: 'wait', step: 'stop', progress: 50, message: trashed.state, recheckMs: 5000 };
  }
  const why = `The virtual machine is in the trash, and still ${trashed.state}.`;
  return fail(failureRecord(vmStopTimeout, why, 'Purge it, or undelete and stop it with force: true.'));
}

function unseen(machine: ObservedMachine | undefined, waitedMs: number): Decision {
  if (waitedMs < SEEN_LIMIT_MS) return { do: 'wait', step: 'stop', recheckMs: 2000 };
  return fail(failureRecord(machine ? trashRefused : vmVanished));
}

/** The decision of `vm.undelete`. Pure. */
export function nextOfUndeletion(operation: OperationRecord, observed: TrashObserved, now: Date): Decision {
  const asked = operation.asked.undelete;
  if (!asked) return { do: 'wait', step: 'undelete' };
  if (asked.refusal) return fail(asked.refusal);
  const { machine, trashed } = observed;
  if (machine) {
    const { uid, name, runStrategy } = machine;
    return { do: 'succeed', result: { id: uid, name, runStrategy } };
  }
  if (sinceAsked(operation, 'undelete', now) < SEEN_LIMIT_MS) {
    return { do: 'wait', step: 'undelete', recheckMs: 2000 };
  }
  return fail(failureRecord(trashed ? trashRefused : vmVanished));
}
