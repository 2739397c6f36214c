import { fail, failureRecord, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import { vmDeleteTimeout } from '../domain/failures.js';
import type {
  ObservedClaim,
  ObservedDataVolume,
  ObservedInstance,
  ObservedMachine,
} from '../domain/observed.js';

export interface DeleteInput {
  uid: string;
  /** Names of the disks that were made with the machine. */
  ownDisks: string[];
  /** Those of them that stay. */
  keepDisks: string[];
  /** That go along. */
  snapshots: { name: string; uid: string }[];
  /** Its time in the trash is over: begun by the clock. */
  byVirtgate?: boolean;
}

export function deleteInput(operation: OperationRecord): DeleteInput {
  const input = operation.input as unknown as DeleteInput & { disks?: 'keep' | 'delete' };
  // An operation of before disks could be chosen one by one.
  const keepDisks = input.keepDisks ?? (input.disks === 'keep' ? input.ownDisks : []);
  return { ...input, keepDisks, snapshots: input.snapshots ?? [] };
}

export interface DeletionObserved {
  /** Only the machine that was meant, not a later one of its name. */
  machine: ObservedMachine | undefined;
  instance: ObservedInstance | undefined;
  dataVolumes: ObservedDataVolume[];
  claims: ObservedClaim[];
  /** Names of the snapshots that are to go and are still there. */
  snapshots: string[];
}

const RELEASE_LIMIT_MS = 20_000;
const GONE_LIMIT_MS = 15 * 60_000;

/** The decision of `vm.delete`. Pure. */
export function nextOfDeletion(operation: OperationRecord, observed: DeletionObserved, now: Date): Decision {
  const released = operation.asked['release-disks'];
  if (!released) return { do: 'wait', step: 'release-disks' };
  if (released.refusal) return fail(released.refusal);
  const deleted = operation.asked['delete-machine'];
  if (!deleted) return afterRelease(operation, observed, sinceAsked(operation, 'release-disks', now));
  if (deleted.refusal) return fail(deleted.refusal);
  const snapshots = operation.asked['delete-snapshots'];
  if (!snapshots && deleteInput(operation).snapshots.length > 0) {
    return { do: 'act', step: 'delete-snapshots', progress: 40 };
  }
  if (snapshots?.refusal) return fail(snapshots.refusal);
  const left = leftOf(operation, observed);
  if (left.length === 0) return { do: 'succeed' };
  const message = `Waiting for ${left.join(', ')}`;
  if (sinceAsked(operation, 'delete-machine', now) > GONE_LIMIT_MS) {
    return fail(failureRecord(vmDeleteTimeout, `${message}.`));
  }
  return { do: 'wait', step: 'wait-gone', progress: 50, message, recheckMs: 5000 };
}

/**
 * A kept disk must not be the machine's any more when the machine goes, or it goes with it; and KubeVirt must have
 * seen so itself, or it takes the disk back.
 */
function afterRelease(operation: OperationRecord, observed: DeletionObserved, waitedMs: number): Decision {
  const { keepDisks, uid } = deleteInput(operation);
  const { machine, dataVolumes, claims } = observed;
  const act: Decision = { do: 'act', step: 'delete-machine', progress: 25 };
  if (keepDisks.length === 0 || !machine) return act;
  const kept = [...dataVolumes, ...claims].filter(({ name }) => keepDisks.includes(name));
  const held = machine.ownDisks.length > 0 || kept.some(({ owner }) => owner?.uid === uid);
  const seen = machine.observedGeneration === null || machine.observedGeneration >= machine.generation;
  if (!held && (seen || waitedMs > RELEASE_LIMIT_MS)) return act;
  if (waitedMs < 3 * RELEASE_LIMIT_MS) return { do: 'wait', step: 'release-disks', recheckMs: 2000 };
  return fail(
    failureRecord(vmDeleteTimeout, 'The cluster does not let go of the disks; nothing was deleted.', ''),
  );
}

function leftOf(operation: OperationRecord, observed: DeletionObserved): string[] {
  const { keepDisks } = deleteInput(operation);
  const { machine, instance, dataVolumes, claims } = observed;
  const left = [...(machine ? ['the machine'] : []), ...(instance ? ['its instance'] : [])];
  const names = new Set([...dataVolumes, ...claims].map(({ name }) => name));
  const going = [...names].filter((name) => !keepDisks.includes(name));
  return [
    ...left,
    ...going.map((name) => `disk ${name}`),
    ...observed.snapshots.map((name) => `snapshot ${name}`),
  ];
}
