import { Injectable } from '@nestjs/common';
import { VIRTUAL_MACHINE_SNAPSHOT } from '../../../platform/cluster/kinds.js';
import { isCode } from '../../access/tenant-asks.contract.js';
import type { Decision, OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { SnapshotCaches } from '../data/snapshot-caches.js';
import { fail, failureRecord, sinceAsked } from '../decisions.contract.js';
import { snapshotDeleteTimeout } from '../domain/snapshot-failures.js';
import { DELETE_SNAPSHOT_KIND } from '../operation-kinds.js';
import { ProtectionAsks } from '../tenant-asks.contract.js';

export interface RemovalObserved {
  /** Only the snapshot that was meant, not a later one of its name. */
  snapshot: boolean;
  content: boolean;
}

const GONE_LIMIT_MS = 15 * 60_000;

/** `snapshot.delete`: deletes the VirtualMachineSnapshot and waits until its volumes are gone too. */
@Injectable()
export class RemoveSnapshot implements OperationMachine<RemovalObserved> {
  readonly kind = DELETE_SNAPSHOT_KIND.kind;

  constructor(
    private readonly caches: SnapshotCaches,
    private readonly asks: ProtectionAsks,
  ) {}

  observe({ project: { namespace }, target: { name }, input }: OperationRecord): RemovalObserved {
    const found = this.caches.snapshots.get(namespace, name);
    const replaced = found !== undefined && found.uid !== input.uid;
    const content = this.caches.contentOf({ namespace, name });
    return { snapshot: found?.uid === input.uid, content: content !== undefined && !replaced };
  }

  next(operation: OperationRecord, observed: RemovalObserved, now: Date): Decision {
    return nextOfRemoval(operation, observed, now);
  }

  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    if (step !== 'delete-snapshot') return {};
    return this.asks.run(operation, 'snapshots:delete', async (as) => {
      const { namespace } = operation.project;
      const options = { as, uid: String(operation.input.uid), propagation: 'Background' as const };
      try {
        await this.asks.cluster.delete(VIRTUAL_MACHINE_SNAPSHOT, namespace, operation.target.name, options);
      } catch (error) {
        // A conflict is about the uid: under this name lives another snapshot, and ours is gone.
        if (!isCode(error, 'cluster.not_found', 'cluster.conflict', 'cluster.state_conflict')) throw error;
      }
      return {};
    });
  }
}

/** The decision of `snapshot.delete`. Pure. */
export function nextOfRemoval(operation: OperationRecord, observed: RemovalObserved, now: Date): Decision {
  const deleted = operation.asked['delete-snapshot'];
  if (!deleted) return { do: 'wait', step: 'delete-snapshot' };
  if (deleted.refusal) return fail(deleted.refusal);
  if (!observed.snapshot && !observed.content) return { do: 'succeed' };
  if (sinceAsked(operation, 'delete-snapshot', now) > GONE_LIMIT_MS) {
    return fail(failureRecord(snapshotDeleteTimeout));
  }
  const message = observed.snapshot ? 'Waiting for the snapshot' : 'Waiting for the copies of its disks';
  return { do: 'wait', step: 'wait-gone', progress: 50, message, recheckMs: 5000 };
}
