import type { FailureRecord } from '../../../kernel/failure.js';
import { fail, failureRecord, isRequested, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import { memoryDumpFailed, memoryDumpNotRunning, memoryDumpTimeout } from '../domain/failures.js';
import type { ObservedClaim, ObservedInstance, ObservedMachine } from '../domain/observed.js';

export interface DumpInput {
  /** Uid of the machine. */
  uid: string;
  claim: string;
  /** The disk to make; null where one is there. */
  create: { size: string; storageClass: string | null } | null;
}

export const dumpInput = (operation: OperationRecord): DumpInput => operation.input as unknown as DumpInput;

export interface DumpObserved {
  machine: ObservedMachine | undefined;
  instance: ObservedInstance | undefined;
  claim: ObservedClaim | undefined;
}

const DUMP_LIMIT_MS = 30 * 60_000;
/** How long the watch may lag behind what was asked. */
const SEEN_LIMIT_MS = 60_000;

/** The decision of `vm.memory-dump`. Pure. */
export function nextOfDump(operation: OperationRecord, observed: DumpObserved, now: Date): Decision {
  if (isRequested(operation, 'clean-up')) return afterCleanUp(operation);
  const disk = operation.asked['create-disk'];
  if (!disk) return { do: 'wait', step: 'create-disk' };
  if (disk.refusal) return giveUp(operation, disk.refusal);
  const request = operation.asked.request;
  if (!request) return { do: 'act', step: 'request', progress: 5 };
  if (request.refusal) return giveUp(operation, request.refusal);
  return followDump(operation, observed, sinceAsked(operation, 'request', now));
}

function followDump(operation: OperationRecord, observed: DumpObserved, waitedMs: number): Decision {
  const { claim } = dumpInput(operation);
  const { machine, instance } = observed;
  const dump = machine?.dump;
  // A dump into the same disk again shows the end of the last one until KubeVirt has begun.
  const earlier = operation.asked.request?.notes.endedBefore ?? '';
  const fresh = dump?.claim === claim && (earlier === '' || dump.endedAt !== earlier);
  if (fresh && dump.phase === 'Completed') {
    return { do: 'succeed', result: { disk: claim, fileName: dump.fileName } };
  }
  if (fresh && dump.phase === 'Failed') {
    return giveUp(operation, failureRecord(memoryDumpFailed, dump.message ?? undefined));
  }
  const lost = !machine || !instance?.running;
  if (lost && waitedMs > SEEN_LIMIT_MS / 6) return giveUp(operation, failureRecord(memoryDumpNotRunning));
  if (waitedMs > DUMP_LIMIT_MS) {
    return giveUp(operation, failureRecord(memoryDumpTimeout, `The memory dump is still ${dump?.phase}.`));
  }
  return { do: 'wait', step: 'dump', progress: 20, message: dump?.phase ?? 'Associating', recheckMs: 5000 };
}

const giveUp = (operation: OperationRecord, failure: FailureRecord): Decision =>
  // A disk that was there before is not ours to take.
  dumpInput(operation).create === null
    ? fail(failure)
    : { do: 'act', step: 'clean-up', message: JSON.stringify(failure), leaving: 'FAILED' };

function afterCleanUp(operation: OperationRecord): Decision {
  const cleaned = operation.asked['clean-up'];
  const why = operation.steps.find(({ name }) => name === 'clean-up')?.message ?? '';
  if (!cleaned) return { do: 'wait', step: 'clean-up', message: why };
  if (cleaned.refusal?.code === 'operation.exhausted') return { do: 'act', step: 'clean-up', message: why };
  const failure = readFailure(why);
  if (!cleaned.refusal) return fail(failure);
  const kept = `Its disk could not be removed: ${cleaned.refusal.message}`;
  return fail({ ...failure, hint: [failure.hint, kept].filter(Boolean).join(' ') });
}

function readFailure(text: string): FailureRecord {
  try {
    return JSON.parse(text) as FailureRecord;
  } catch {
    return failureRecord(memoryDumpFailed);
  }
}

export interface RemovalInput {
  claim: string;
  /** Whether the disk that holds the dump goes as well. */
  deleteDisk: boolean;
}

export const removalInput = (operation: OperationRecord): RemovalInput =>
  operation.input as unknown as RemovalInput;

/** The decision of `vm.memory-dump.remove`. Pure. */
export function nextOfRemoval(operation: OperationRecord, observed: DumpObserved, now: Date): Decision {
  const request = operation.asked.request;
  if (!request) return { do: 'wait', step: 'request' };
  if (request.refusal) return fail(request.refusal);
  const { claim, deleteDisk } = removalInput(operation);
  const held = observed.machine?.dump?.claim === claim;
  const deleted = operation.asked['delete-disk'];
  if (held && !deleted) {
    const waitedMs = sinceAsked(operation, 'request', now);
    return waitedMs > SEEN_LIMIT_MS * 5
      ? fail(failureRecord(memoryDumpTimeout, 'The virtual machine does not let go of the disk.'))
      : { do: 'wait', step: 'release', progress: 30, recheckMs: 5000 };
  }
  if (!deleteDisk) return { do: 'succeed', result: { disk: claim } };
  if (!deleted) return { do: 'act', step: 'delete-disk', progress: 60 };
  if (deleted.refusal) return fail(deleted.refusal);
  return observed.claim ? { do: 'wait', step: 'delete-disk', recheckMs: 5000 } : { do: 'succeed' };
}
