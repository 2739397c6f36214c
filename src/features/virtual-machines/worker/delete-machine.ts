import { Injectable } from '@nestjs/common';
import type { Permission } from '../../../kernel/permission.js';
import type { Impersonation, ResourceKind } from '../../../platform/cluster/cluster-client.js';
import {
  DATA_VOLUME,
  PERSISTENT_VOLUME_CLAIM,
  VIRTUAL_MACHINE,
  VIRTUAL_MACHINE_SNAPSHOT,
} from '../../../platform/cluster/kinds.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import type { OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { AssociatedCaches } from '../data/associated-views.js';
import { MachineCaches } from '../data/machine-caches.js';
import { vmDeleteProtected } from '../domain/failures.js';
import { DELETE_PROTECTION_LABEL } from '../domain/names.js';
import { DELETE_KIND } from '../operation-kinds.js';
import { type DeletionObserved, deleteInput, nextOfDeletion } from './deletion.js';

/**
 * `vm.delete`: lets go of disks that are kept, deletes the VirtualMachine and the snapshots that go along,
 * waits until all of it is gone.
 */
@Injectable()
export class DeleteMachine implements OperationMachine<DeletionObserved> {
  readonly kind = DELETE_KIND.kind;

  constructor(
    private readonly caches: MachineCaches,
    private readonly asks: TenantAsks,
    private readonly associated: AssociatedCaches,
  ) {}

  observe(operation: OperationRecord): DeletionObserved {
    const { namespace } = operation.project;
    const { uid, ownDisks, snapshots } = deleteInput(operation);
    const machine = this.caches.machine(namespace, operation.target.name);
    const instance = this.caches.instances.get(namespace, operation.target.name);
    const present = <T>(disk: T | undefined): disk is T => disk !== undefined;
    return {
      machine: machine?.uid === uid ? machine : undefined,
      instance: machine && machine.uid !== uid ? undefined : instance,
      dataVolumes: ownDisks.map((name) => this.caches.dataVolumes.get(namespace, name)).filter(present),
      claims: ownDisks.map((name) => this.caches.claims.get(namespace, name)).filter(present),
      snapshots: snapshots
        .filter((one) => this.associated.snapshots.get(namespace, one.name)?.uid === one.uid)
        .map(({ name }) => name),
    };
  }

  next(operation: OperationRecord, observed: DeletionObserved, now: Date) {
    return nextOfDeletion(operation, observed, now);
  }

  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    if (step === 'wait-gone') return {};
    const { keepDisks } = deleteInput(operation);
    if (step === 'release-disks' && keepDisks.length === 0) return {};
    if (step === 'delete-snapshots') {
      return this.#run(operation, 'snapshots:delete', (as) => this.#deleteSnapshots(operation, as));
    }
    return this.#run(operation, 'vms:delete', (as) =>
      step === 'release-disks' ? this.#release(operation, as) : this.#delete(operation, as),
    );
  }

  /** What has run out is nobody's deed at that moment: who deleted it had the right, and may be gone. */
  #run(
    operation: OperationRecord,
    permission: Permission,
    work: (as: Impersonation) => Promise<Record<string, string>>,
  ): Promise<Record<string, string>> {
    return deleteInput(operation).byVirtgate
      ? this.asks.runForVirtgate(operation, work)
      : this.asks.run(operation, permission, work);
  }

  /**
   * The machine first forgets its templates: as long as it has them, KubeVirt takes a released disk back. Then
   * ownership is taken off, so that the garbage collector leaves the disks alone.
   */
  async #release(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { namespace } = operation.project;
    const { uid, keepDisks } = deleteInput(operation);
    try {
      const body = { metadata: { uid }, spec: { dataVolumeTemplates: null } };
      await this.asks.cluster.patch(
        VIRTUAL_MACHINE,
        namespace,
        operation.target.name,
        { type: 'merge', body },
        { as },
      );
    } catch (error) {
      if (isCode(error, 'cluster.not_found')) return {};
      throw error;
    }
    for (const disk of keepDisks) {
      await this.#disown(DATA_VOLUME, namespace, disk, uid, as);
      await this.#disown(PERSISTENT_VOLUME_CLAIM, namespace, disk, uid, as);
    }
    return {};
  }

  async #disown(
    kind: ResourceKind,
    namespace: string,
    name: string,
    uid: string,
    as: Impersonation,
  ): Promise<void> {
    const found = await this.asks.find(kind, namespace, name);
    const owners = found?.metadata.ownerReferences ?? [];
    const others = owners.filter((owner) => owner.uid !== uid);
    if (others.length === owners.length) return;
    const ownerReferences = others.length > 0 ? others : null;
    const body = {
      metadata: { ownerReferences, resourceVersion: found?.metadata.resourceVersion },
    };
    await this.asks.cluster.patch(kind, namespace, name, { type: 'merge', body }, { as });
  }

  async #delete(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { uid } = deleteInput(operation);
    try {
      await this.asks.cluster.delete(VIRTUAL_MACHINE, operation.project.namespace, operation.target.name, {
        as,
        uid,
        propagation: 'Foreground',
      });
    } catch (error) {
      // Set by somebody since the operation began.
      if (isCode(error, 'cluster.refused') && error.message.includes(DELETE_PROTECTION_LABEL)) {
        throw vmDeleteProtected();
      }
      // A conflict is about the uid: under this name lives another machine, and ours is gone.
      if (!isCode(error, 'cluster.not_found', 'cluster.conflict', 'cluster.state_conflict')) throw error;
    }
    return {};
  }

  async #deleteSnapshots(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { namespace } = operation.project;
    for (const { name, uid } of deleteInput(operation).snapshots) {
      try {
        await this.asks.cluster.delete(VIRTUAL_MACHINE_SNAPSHOT, namespace, name, { as, uid });
      } catch (error) {
        // As with the machine: gone, or another one of its name.
        if (!isCode(error, 'cluster.not_found', 'cluster.conflict', 'cluster.state_conflict')) throw error;
      }
    }
    return {};
  }
}
