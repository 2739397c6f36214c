import { type FailureRecord, failureCatalogue } from '../../../kernel/failure.js';
import { formatBytes } from '../../../kernel/quantity.js';
import { clusterQuotaExceeded } from '../../../platform/cluster/cluster-failures.js';
import {
  importFailure,
  importHint,
  waitsForLostSource,
} from '../../../platform/import-policy/import-failure.js';
import { fail, failureRecord, isRequested, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationRecord } from '../../operations/operations.contract.js';
import type { ResolvedDisk } from '../domain/disk-body.js';
import { diskCreateFailed, diskSourceNotFound, diskVanished } from '../domain/disk-failures.js';
import { type DiskState, stateOf } from '../domain/disk-view.js';
import type { ObservedDataVolume, ObservedDiskClaim } from '../domain/observed.js';

export const diskOf = (operation: OperationRecord): ResolvedDisk => operation.input.disk as ResolvedDisk;

export interface DiskCreationObserved {
  /** Only what this operation made. */
  dataVolume: ObservedDataVolume | undefined;
  claim: ObservedDiskClaim | undefined;
  /** When it was last seen to fill. */
  movedAt: Date | undefined;
  /** The disk that it is a copy of is not there. */
  sourceGone: boolean;
}

/** How long the watch may lag behind what was asked. */
const SEEN_LIMIT_MS = 60_000;
/** How long a claim that was asked to be bound at once may wait for its first user all the same. */
const BIND_LIMIT_MS = 30_000;
/** How long the watch may lag behind the one that showed the source. */
const SOURCE_LIMIT_MS = 10_000;
const CANCELLED = 'cancelled';

/** The decision of `disk.create`. Pure. */
export function nextOfDiskCreation(
  operation: OperationRecord,
  observed: DiskCreationObserved,
  now: Date,
  stallMs: number,
): Decision {
  if (isRequested(operation, 'clean-up')) return afterCleanUp(operation, observed);
  if (!isRequested(operation, 'create-disk')) {
    const source = operation.asked['check-source'];
    if (operation.cancelRequested) return { do: 'cancelled' };
    if (!source) return { do: 'wait', step: 'check-source' };
    const refused = source.refusal ?? failedSource(source.notes);
    return refused ? fail(refused) : { do: 'act', step: 'create-disk', progress: 2 };
  }
  const made = operation.asked['create-disk'];
  // While the cluster may be making it, there is nothing to take back yet.
  if (!made) return { do: 'wait', step: 'create-disk' };
  if (operation.cancelRequested) return cleanUp(CANCELLED);
  if (made.refusal) return giveUp(made.refusal);
  return follow(operation, observed, now, stallMs);
}

function failedSource(notes: Record<string, string>): FailureRecord | null {
  return notes.failed ? (JSON.parse(notes.failed) as FailureRecord) : null;
}

function follow(
  operation: OperationRecord,
  { dataVolume, claim, movedAt, sourceGone }: DiskCreationObserved,
  now: Date,
  stallMs: number,
): Decision {
  const sinceMade = sinceAsked(operation, 'create-disk', now);
  if (!dataVolume || dataVolume.deleting) {
    if (dataVolume || sinceMade > SEEN_LIMIT_MS) return giveUp(failureRecord(diskVanished));
    return { do: 'wait', step: 'fill', recheckMs: 5000 };
  }
  const state = stateOf({ claim, dataVolume, storageClass: undefined });
  const { source } = diskOf(operation);
  const waits = state === 'WaitingForFirstUse' && sinceMade > BIND_LIMIT_MS;
  if (state === 'Ready' || waits || ('upload' in source && state === 'UploadReady')) {
    const { access } = diskOf(operation);
    const leaves = access?.credentials || access?.certificates;
    // Refused or not: they go with the disk at the latest.
    if (!leaves || operation.asked['drop-access']) {
      return { do: 'succeed', result: resultOf(operation, claim, state) };
    }
    return { do: 'act', step: 'drop-access', progress: 98, leaving: 'SUCCEEDED' };
  }
  if (isOrphaned(dataVolume, sourceGone && sinceMade > SOURCE_LIMIT_MS)) {
    const message = `The ${Object.entries(source)[0]?.join(' "')}" that it was to be made from is gone.`;
    return giveUp(failureRecord(diskSourceNotFound, message));
  }
  const idleMs = Math.min(sinceMade, now.getTime() - (movedAt?.getTime() ?? now.getTime()));
  const failure = failureOf(dataVolume, idleMs, stallMs);
  if (failure) return giveUp(failure);
  const progress = Math.max(operation.progress ?? 0, Math.round(5 + (dataVolume.progress ?? 0) * 0.9));
  return { do: 'wait', step: 'fill', progress, message: dataVolume.phase, recheckMs: 5000 };
}

/** CDI waits for its source for ever. What it is copying already, it holds. */
function isOrphaned({ phase, running }: ObservedDataVolume, sourceGone: boolean): boolean {
  if (/InProgress$/.test(phase)) return false;
  return sourceGone || waitsForLostSource({ phase, running });
}

function resultOf(
  { project, target }: OperationRecord,
  claim: ObservedDiskClaim | undefined,
  state: DiskState,
) {
  return { id: claim?.uid ?? null, name: target.name, project: project.name, state };
}

function failureOf(dataVolume: ObservedDataVolume, idleMs: number, stallMs: number): FailureRecord | null {
  if (dataVolume.running?.reason === 'ErrExceededQuota') {
    return failureRecord(clusterQuotaExceeded, dataVolume.running.message || undefined);
  }
  const failure = importFailure(dataVolume, idleMs, stallMs);
  return failure?.code === 'import.too_large' ? { ...failure, hint: largerHint(failure.message) } : failure;
}

/** qemu-img and CDI say how large the image is, in bytes. */
function largerHint(message: string): string {
  const bytes = /image size (\d{1,18})\b/i.exec(message)?.[1];
  if (bytes === undefined) return 'Ask for a larger size.';
  const mebibytes = (BigInt(bytes) + 1024n ** 2n - 1n) / 1024n ** 2n;
  return `Ask for a size of at least ${formatBytes(mebibytes * 1024n ** 2n)}.`;
}

const giveUp = ({ code, message }: FailureRecord): Decision => cleanUp(`${code}: ${message}`);

/** Why is kept as the message of the step, for what it was read from is gone when the cleaning is done. */
const cleanUp = (why: string): Decision => ({
  do: 'act',
  step: 'clean-up',
  message: why,
  leaving: why === CANCELLED ? 'SKIPPED' : 'FAILED',
});

function reasonFrom(why: string): FailureRecord {
  const [, code = diskCreateFailed.definition.code, message = why] =
    /^([a-z_]+\.[a-z_]+): ([\s\S]+)$/.exec(why) ?? [];
  const known = failureCatalogue().find((definition) => definition.code === code);
  const hint = code === 'import.too_large' ? largerHint(message) : (importHint(code, message) ?? known?.hint);
  return { code, message, hint: hint ?? null };
}

function afterCleanUp(operation: OperationRecord, { dataVolume, claim }: DiskCreationObserved): Decision {
  const why = operation.steps.find(({ name }) => name === 'clean-up')?.message ?? CANCELLED;
  const cleaned = operation.asked['clean-up'];
  if (!cleaned) return { do: 'wait', step: 'clean-up', message: why };
  // Nothing half-made stays, however long the cluster is away.
  if (cleaned.refusal?.code === 'operation.exhausted') return cleanUp(why);
  if ((dataVolume || claim) && !cleaned.refusal) {
    return { do: 'wait', step: 'clean-up', message: why, recheckMs: 2000 };
  }
  if (why === CANCELLED) return { do: 'cancelled' };
  const failure = reasonFrom(why);
  if (!cleaned.refusal) return fail(failure);
  const left = `What was made of it could not be removed: ${cleaned.refusal.message}`;
  return fail({ ...failure, hint: [failure.hint, left].filter(Boolean).join(' ') });
}
