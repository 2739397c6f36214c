import { Injectable } from '@nestjs/common';
import type { Impersonation, ResourceKind } from '../../../platform/cluster/cluster-client.js';
import { DATA_VOLUME, PERSISTENT_VOLUME_CLAIM } from '../../../platform/cluster/kinds.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import { fail, failureRecord, sinceAsked } from '../../operations/asked.contract.js';
import type { Decision, OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { DiskCaches } from '../data/disk-caches.js';
import { diskDeleteTimeout, diskInUse } from '../domain/disk-failures.js';
import { DELETE_DISK_KIND } from '../operation-kinds.js';

export interface DeleteDiskInput {
  claimUid: string | null;
  dataVolumeUid: string | null;
}

const inputOf = (operation: OperationRecord): DeleteDiskInput =>
  operation.input as unknown as DeleteDiskInput;

export interface DiskDeletionObserved {
  /** What is left of what was meant. */
  left: ('claim' | 'DataVolume')[];
}

const GONE_LIMIT_MS = 15 * 60_000;

/** `disk.delete`: the DataVolume, then the claim, then until the cluster has let go of both. */
@Injectable()
export class DeleteDiskMachine implements OperationMachine<DiskDeletionObserved> {
  readonly kind = DELETE_DISK_KIND.kind;

  constructor(
    private readonly caches: DiskCaches,
    private readonly asks: TenantAsks,
  ) {}

  observe(operation: OperationRecord): DiskDeletionObserved {
    const { namespace } = operation.project;
    const { name } = operation.target;
    const { claimUid, dataVolumeUid } = inputOf(operation);
    const claim = this.caches.claims.get(namespace, name);
    const dataVolume = this.caches.dataVolumes.get(namespace, name);
    // Of a disk that was deleted before it had a claim, any claim is its own.
    const ours = claim !== undefined && (claimUid === null || claim.uid === claimUid);
    return {
      left: [
        ...(dataVolume && dataVolume.uid === dataVolumeUid ? (['DataVolume'] as const) : []),
        ...(ours ? (['claim'] as const) : []),
      ],
    };
  }

  next(operation: OperationRecord, observed: DiskDeletionObserved, now: Date): Decision {
    return nextOfDiskDeletion(operation, observed, now);
  }

  ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    if (step !== 'delete-disk') return Promise.resolve({});
    return this.asks.run(operation, 'disks:delete', (as) => this.#delete(operation, as));
  }

  async #delete(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { namespace } = operation.project;
    const { name } = operation.target;
    const { claimUid, dataVolumeUid } = inputOf(operation);
    // It may have been attached since the request was checked.
    const [user] = this.caches.usesOf(namespace, name);
    if (user) throw diskInUse(`The virtual machine "${user.machine}" uses the disk "${name}".`);
    if (dataVolumeUid !== null) await this.#remove(DATA_VOLUME, namespace, name, dataVolumeUid, as);
    if (claimUid !== null) await this.#remove(PERSISTENT_VOLUME_CLAIM, namespace, name, claimUid, as);
    return {};
  }

  async #remove(
    kind: ResourceKind,
    namespace: string,
    name: string,
    uid: string,
    as: Impersonation,
  ): Promise<void> {
    try {
      await this.asks.cluster.delete(kind, namespace, name, { as, uid, propagation: 'Background' });
    } catch (error) {
      // A conflict is about the uid: under this name lives another disk, and ours is gone.
      if (!isCode(error, 'cluster.not_found', 'cluster.conflict', 'cluster.state_conflict')) throw error;
    }
  }
}

/** The decision of `disk.delete`. Pure. */
export function nextOfDiskDeletion(
  operation: OperationRecord,
  { left }: DiskDeletionObserved,
  now: Date,
): Decision {
  const asked = operation.asked['delete-disk'];
  if (!asked) return { do: 'wait', step: 'delete-disk' };
  if (asked.refusal) return fail(asked.refusal);
  if (left.length === 0) return { do: 'succeed' };
  const message = `Waiting for its ${left.join(' and ')}`;
  if (sinceAsked(operation, 'delete-disk', now) > GONE_LIMIT_MS) {
    return fail(failureRecord(diskDeleteTimeout, `${message}.`));
  }
  return { do: 'wait', step: 'wait-gone', progress: 50, message, recheckMs: 5000 };
}
