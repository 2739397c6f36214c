import { Injectable } from '@nestjs/common';
import { VIRTUAL_MACHINE_EXPORT } from '../../../platform/cluster/kinds.js';
import { isCode, TenantAsks } from '../../access/tenant-asks.contract.js';
import type { OperationMachine, OperationRecord } from '../../operations/operations.contract.js';
import { ExportCaches } from '../data/export-caches.js';
import { DELETE_KIND } from '../operation-kinds.js';
import type { ExportObserved } from './creation.js';
import { nextOfDeletion } from './deletion.js';

/** `export.delete`: deletes the VirtualMachineExport and waits until it is gone. */
@Injectable()
export class DeleteExportMachine implements OperationMachine<ExportObserved> {
  readonly kind = DELETE_KIND.kind;

  constructor(
    private readonly caches: ExportCaches,
    private readonly asks: TenantAsks,
  ) {}

  observe({ project, target, input }: OperationRecord): ExportObserved {
    const found = this.caches.exports.get(project.namespace, target.name);
    return { export: found?.uid === input.uid ? found : undefined };
  }

  next(operation: OperationRecord, observed: ExportObserved, now: Date) {
    return nextOfDeletion(operation, observed, now);
  }

  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    if (step !== 'delete-export') return {};
    const { project, target, input } = operation;
    return this.asks.run(operation, 'exports:delete', async (as) => {
      const options = { as, uid: String(input.uid) };
      try {
        await this.asks.cluster.delete(VIRTUAL_MACHINE_EXPORT, project.namespace, target.name, options);
      } catch (error) {
        // A conflict is about the uid: under this name lives another export, and ours is gone.
        if (!isCode(error, 'cluster.not_found', 'cluster.conflict', 'cluster.state_conflict')) throw error;
      }
      return {};
    });
  }
}
