import { parseBytes } from '../../../kernel/quantity.js';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { PERSISTENT_VOLUME_CLAIM } from '../../../platform/cluster/kinds.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import { fail, failureRecord, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { DiskCaches } from '../data/disk-caches.js';
import { claimPatch, type DiskChange } from '../domain/claim-patch.js';
import { diskExpandTimeout, diskVanished } from '../domain/disk-failures.js';
import type { ObservedDiskClaim } from '../domain/observed.js';

export const changeOf = (operation: OperationRecord): DiskChange => operation.input as unknown as DiskChange;

/** Storage may have to move a volume to make room. */
const GROW_LIMIT_MS = 30 * 60_000;
const SEEN_LIMIT_MS = 60_000;

/** `disk.update` and `disk.expand`: one merge patch of the claim; an expansion until the storage has followed. */
export class ChangeDiskMachine implements OperationMachine<ObservedDiskClaim | undefined> {
  constructor(
    readonly kind: string,
    private readonly caches: DiskCaches,
    private readonly asks: TenantAsks,
  ) {}

  observe({ project, target }: OperationRecord): ObservedDiskClaim | undefined {
    return this.caches.claims.get(project.namespace, target.name);
  }

  next(operation: OperationRecord, claim: ObservedDiskClaim | undefined, now: Date): Decision {
    return nextOfDiskChange(operation, claim, now);
  }

  ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    if (step !== 'apply') return Promise.resolve({});
    return this.asks.run(operation, 'disks:update', (as) => this.#apply(operation, as));
  }

  async #apply(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { namespace } = operation.project;
    const body = claimPatch(changeOf(operation), operation.requestId);
    try {
      const { name } = operation.target;
      const patch = { type: 'merge' as const, body };
      const answer = await this.asks.cluster.patch(PERSISTENT_VOLUME_CLAIM, namespace, name, patch, { as });
      return { resourceVersion: answer.metadata.resourceVersion ?? '' };
    } catch (error) {
      if (isCode(error, 'cluster.not_found')) throw diskVanished();
      throw error;
    }
  }
}

/** The decision of `disk.update` and `disk.expand`. Pure. */
export function nextOfDiskChange(
  operation: OperationRecord,
  claim: ObservedDiskClaim | undefined,
  now: Date,
): Decision {
  const asked = operation.asked.apply;
  if (!asked) return { do: 'wait', step: 'apply' };
  if (asked.refusal) return fail(asked.refusal);
  const { uid, size, request } = changeOf(operation);
  if (claim?.uid !== uid) return fail(failureRecord(diskVanished));
  const waitedMs = sinceAsked(operation, 'apply', now);
  const result = { id: claim.uid, name: claim.name, size: size ?? claim.notes.size ?? claim.capacity };
  if (request === null) {
    const seen = claim.resourceVersion !== '' && isSeen(claim, asked.notes.resourceVersion);
    if (seen || waitedMs > SEEN_LIMIT_MS) return { do: 'succeed', result };
    return { do: 'wait', step: 'apply', recheckMs: 1000 };
  }
  const wanted = parseBytes(request) ?? 0n;
  const requested = parseBytes(claim.requested ?? '0') ?? 0n;
  const capacity = parseBytes(claim.capacity ?? '0') ?? 0n;
  if (capacity >= wanted && requested >= wanted)
    return { do: 'succeed', result: { ...result, growsOnUse: false } };
  // The volume is as large as it was asked to be; the filesystem in it waits for the next machine that uses it.
  if (claim.growsOnUse && requested >= wanted)
    return { do: 'succeed', result: { ...result, growsOnUse: true } };
  if (waitedMs > GROW_LIMIT_MS) {
    const message = `The disk has ${claim.capacity ?? 'no size'} still, not ${request}.`;
    return fail(failureRecord(diskExpandTimeout, message));
  }
  return {
    do: 'wait',
    step: 'grow',
    progress: 50,
    message: `${claim.capacity ?? '0'} of ${request}`,
    recheckMs: 5000,
  };
}

/** Versions of one object grow, though the API calls them opaque; where they do not read so, time decides. */
function isSeen(claim: ObservedDiskClaim, resourceVersion: string | undefined): boolean {
  const [seen, written] = [Number(claim.resourceVersion), Number(resourceVersion)];
  return Number.isFinite(seen) && Number.isFinite(written) ? seen >= written : false;
}
