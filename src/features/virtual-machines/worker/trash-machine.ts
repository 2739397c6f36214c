import { Injectable } from '@nestjs/common';
import type { ClusterObject, Impersonation } from '../../../platform/cluster/cluster-client.js';
import { VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';
import { TenantAsks } from '../../access/tenant-asks.contract.js';
import { isTrashed, TRASH_LABEL } from '../../access/trash.contract.js';
import type { OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { notOpen, notOpenIn } from '../allowed-machine.contract.js';
import { MachineCaches } from '../data/machine-caches.js';
import { observeMachine } from '../data/machine-view.js';
import { vmBeingDeleted, vmDeleteProtected, vmVanished } from '../domain/failures.js';
import { ANNOTATION } from '../domain/names.js';
import { formatTrash, parseTrash, TRASH_ANNOTATION } from '../domain/trash.js';
import { trashPurging } from '../domain/trash-failures.js';
import { TRASH_KIND, UNDELETE_KIND } from '../operation-kinds.js';
import {
  nextOfTrashing,
  nextOfUndeletion,
  type TrashObserved,
  trashInput,
  undeleteInput,
} from './trashing.js';

const EVERYTHING = { placement: true, cpuModels: true, networkNamespaces: 'all' as const };

/** Into and out of the trash: one change of the VirtualMachine each, and what the machine does about it. */
@Injectable()
export class TrashAsks {
  constructor(
    private readonly caches: MachineCaches,
    readonly asks: TenantAsks,
  ) {}

  observe({ project: { namespace }, target: { name } }: OperationRecord, uid: string): TrashObserved {
    const machine = this.caches.machines.get(namespace, name);
    const trashed = this.caches.trash.get(namespace, name);
    return {
      machine: machine?.uid === uid ? machine : undefined,
      trashed: trashed?.uid === uid ? trashed : undefined,
      instance: this.caches.instances.get(namespace, name),
    };
  }

  /** As it is in the cluster at this moment. Throws vm.vanished where another, or none, has its name. */
  async present({ project, target }: OperationRecord, uid: string): Promise<ClusterObject> {
    const found = await this.asks.find(VIRTUAL_MACHINE, project.namespace, target.name);
    if (found?.metadata.uid !== uid) throw vmVanished();
    return found as ClusterObject;
  }

  /** Unless somebody else has changed it since it was read: then it is read again. */
  async change(
    operation: OperationRecord,
    { metadata: { uid, resourceVersion } }: ClusterObject,
    change: { label: string | null; annotation: string | null; runStrategy: string },
    as: Impersonation,
  ): Promise<Record<string, string>> {
    const { project, target, requestId } = operation;
    const body = {
      metadata: {
        uid,
        resourceVersion,
        labels: { [TRASH_LABEL]: change.label },
        annotations: { [TRASH_ANNOTATION]: change.annotation, [ANNOTATION.requestId]: requestId },
      },
      // `running` is the old way of saying it, and excludes runStrategy.
      spec: { runStrategy: change.runStrategy, running: null },
    };
    const patch = { type: 'merge', body } as const;
    await this.asks.cluster.patch(VIRTUAL_MACHINE, project.namespace, target.name, patch, { as });
    return {};
  }
}

/** `vm.trash`: marks the machine as deleted and stops it. */
@Injectable()
export class TrashMachine implements OperationMachine<TrashObserved> {
  readonly kind = TRASH_KIND.kind;

  constructor(private readonly trash: TrashAsks) {}

  observe(operation: OperationRecord): TrashObserved {
    return this.trash.observe(operation, trashInput(operation).uid);
  }

  next(operation: OperationRecord, observed: TrashObserved, now: Date) {
    return nextOfTrashing(operation, observed, now);
  }

  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    if (step !== 'trash') return {};
    return this.trash.asks.run(operation, 'vms:delete', async (as) => {
      const { uid, retentionSeconds, keepDisks, snapshots } = trashInput(operation);
      const found = await this.trash.present(operation, uid);
      // An earlier delivery of this job came through.
      if (isTrashed(found)) return {};
      const machine = observeMachine(found as Parameters<typeof observeMachine>[0]);
      if (machine.deleting) throw vmBeingDeleted();
      if (machine.deleteProtection) throw vmDeleteProtected();
      const { createdAt, requestedBy } = operation;
      const annotation = formatTrash({
        deletedAt: createdAt.toISOString(),
        purgeAt: new Date(createdAt.getTime() + retentionSeconds * 1000).toISOString(),
        deletedBy: { type: requestedBy.type, id: requestedBy.id, name: requestedBy.name },
        runStrategy: machine.runStrategy,
        keepDisks,
        snapshots,
      });
      return this.trash.change(operation, found, { label: 'true', annotation, runStrategy: 'Halted' }, as);
    });
  }
}

/** `vm.undelete`: takes the mark off and gives back the run strategy that the machine had. */
@Injectable()
export class UndeleteMachine implements OperationMachine<TrashObserved> {
  readonly kind = UNDELETE_KIND.kind;

  constructor(private readonly trash: TrashAsks) {}

  observe(operation: OperationRecord): TrashObserved {
    return this.trash.observe(operation, undeleteInput(operation).uid);
  }

  next(operation: OperationRecord, observed: TrashObserved, now: Date) {
    return nextOfUndeletion(operation, observed, now);
  }

  async ask(operation: OperationRecord): Promise<Record<string, string>> {
    return this.trash.asks.run(operation, 'vms:create', async (as) => {
      const found = await this.trash.present(operation, undeleteInput(operation).uid);
      if (!isTrashed(found)) return {};
      if (found.metadata.deletionTimestamp) throw trashPurging();
      // Where it runs is an administrator's choice that stays; a directory of a node does not come back unseen.
      const refused = notOpenIn(found, EVERYTHING, operation.project.namespace);
      if (refused.length > 0) throw notOpen(refused, `What "${operation.target.name}" holds`);
      const entry = parseTrash(found.metadata.annotations?.[TRASH_ANNOTATION]);
      // Where nobody knows how it was, it comes back switched off.
      const runStrategy = entry?.runStrategy ?? 'Halted';
      return this.trash.change(operation, found, { label: null, annotation: null, runStrategy }, as);
    });
  }
}
