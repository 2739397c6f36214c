import { Injectable } from '@nestjs/common';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { PERSISTENT_VOLUME_CLAIM } from '../../../platform/cluster/kinds.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import type { OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { ExportCaches } from '../data/export-caches.js';
import { memoryDumpClaimNotFound } from '../domain/failures.js';
import { dumpClaim } from '../domain/manifest.js';
import { ANNOTATION } from '../domain/names.js';
import { DUMP_KIND } from '../operation-kinds.js';
import { cleaner, ignoringAbsence } from './cleaning.js';
import { provenanceOf } from './create-export-machine.js';
import { type DumpObserved, dumpInput, nextOfDump } from './dumping.js';

/** `vm.memory-dump`: makes the disk, asks KubeVirt to write the guest's memory into it, follows. */
@Injectable()
export class DumpMemoryMachine implements OperationMachine<DumpObserved> {
  readonly kind = DUMP_KIND.kind;

  constructor(
    private readonly caches: ExportCaches,
    private readonly asks: TenantAsks,
  ) {}

  observe(operation: OperationRecord): DumpObserved {
    return dumpObserved(this.caches, operation, dumpInput(operation).claim);
  }

  next(operation: OperationRecord, observed: DumpObserved, now: Date) {
    return nextOfDump(operation, observed, now);
  }

  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    switch (step) {
      case 'create-disk':
        return this.asks.run(operation, 'disks:create', (as) => this.#createDisk(operation, as));
      case 'request':
        return this.asks.run(operation, 'disks:create', (as) => this.#request(operation, as));
      case 'clean-up':
        return this.#cleanUp(operation);
      default:
        return {};
    }
  }

  async #createDisk(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { claim, create } = dumpInput(operation);
    if (!create) return {};
    const { namespace } = operation.project;
    try {
      const manifest = dumpClaim(claim, create, provenanceOf(operation));
      await this.asks.cluster.create(PERSISTENT_VOLUME_CLAIM, namespace, manifest, { as });
    } catch (error) {
      // Its name is this operation's own: it is from an earlier delivery of this job.
      if (!isCode(error, 'cluster.already_exists')) throw error;
    }
    return {};
  }

  async #request(operation: OperationRecord, as: Impersonation): Promise<Record<string, string>> {
    const { namespace } = operation.project;
    const { name } = operation.target;
    const { claim } = dumpInput(operation);
    const before = this.caches.machines.get(namespace, name)?.dump;
    const endedBefore = before?.claim === claim ? (before.endedAt ?? '') : '';
    try {
      const body = { claimName: claim };
      await this.asks.cluster.subresource(namespace, 'virtualmachines', name, 'memorydump', { body, as });
    } catch (error) {
      if (isCode(error, 'cluster.not_found')) throw memoryDumpClaimNotFound(error.message);
      // Asked before, and KubeVirt is at it.
      if (!(isCode(error, 'cluster.state_conflict') && before?.claim === claim && !before.endedAt))
        throw error;
    }
    return { endedBefore };
  }

  async #cleanUp(operation: OperationRecord): Promise<Record<string, string>> {
    const { project, target, id } = operation;
    const { claim } = dumpInput(operation);
    const as = cleaner(project);
    // Without a dump there is nothing to let go of, and that is what is wanted.
    try {
      const request = { body: {}, as };
      await this.asks.cluster.subresource(
        project.namespace,
        'virtualmachines',
        target.name,
        'removememorydump',
        request,
      );
    } catch (error) {
      if (!isCode(error, 'cluster.not_found', 'cluster.state_conflict', 'cluster.refused')) throw error;
    }
    const found = await this.asks.find(PERSISTENT_VOLUME_CLAIM, project.namespace, claim);
    if (found?.metadata.annotations?.[ANNOTATION.operationId] === id) {
      const options = { as, uid: found.metadata.uid };
      await ignoringAbsence(
        this.asks.cluster.delete(PERSISTENT_VOLUME_CLAIM, project.namespace, claim, options),
      );
    }
    return {};
  }
}

export const dumpObserved = (
  caches: ExportCaches,
  { project: { namespace }, target }: OperationRecord,
  claim: string,
): DumpObserved => ({
  machine: caches.machines.get(namespace, target.name),
  instance: caches.instances.get(namespace, target.name),
  claim: caches.claims.get(namespace, claim),
});
