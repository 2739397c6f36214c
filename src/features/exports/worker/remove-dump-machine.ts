import { Injectable } from '@nestjs/common';
import { PERSISTENT_VOLUME_CLAIM } from '../../../platform/cluster/kinds.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import type { OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { ExportCaches } from '../data/export-caches.js';
import { REMOVE_DUMP_KIND } from '../operation-kinds.js';
import { ignoringAbsence } from './cleaning.js';
import { dumpObserved } from './dump-memory-machine.js';
import { type DumpObserved, nextOfRemoval, removalInput } from './dumping.js';

/** `vm.memory-dump.remove`: takes the dump's disk off the machine, and deletes it where that is wanted. */
@Injectable()
export class RemoveDumpMachine implements OperationMachine<DumpObserved> {
  readonly kind = REMOVE_DUMP_KIND.kind;

  constructor(
    private readonly caches: ExportCaches,
    private readonly asks: TenantAsks,
  ) {}

  observe(operation: OperationRecord): DumpObserved {
    return dumpObserved(this.caches, operation, removalInput(operation).claim);
  }

  next(operation: OperationRecord, observed: DumpObserved, now: Date) {
    return nextOfRemoval(operation, observed, now);
  }

  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    const { project, target } = operation;
    const { claim } = removalInput(operation);
    if (step === 'delete-disk') {
      return this.asks.run(operation, 'disks:delete', async (as) => {
        await ignoringAbsence(
          this.asks.cluster.delete(PERSISTENT_VOLUME_CLAIM, project.namespace, claim, { as }),
        );
        return {};
      });
    }
    if (step !== 'request') return {};
    return this.asks.run(operation, 'disks:attach', async (as) => {
      const { namespace } = project;
      try {
        const request = { body: {}, as };
        await this.asks.cluster.subresource(
          namespace,
          'virtualmachines',
          target.name,
          'removememorydump',
          request,
        );
      } catch (error) {
        const dump = this.caches.machines.get(namespace, target.name)?.dump;
        const going = !dump || dump.phase === 'Dissociating';
        if (!(going && isCode(error, 'cluster.state_conflict', 'cluster.not_found'))) throw error;
      }
      return {};
    });
  }
}
