import { Injectable } from '@nestjs/common';
import { MachineCaches } from '../data/machine-caches.js';
import { vmDeleteProtected, vmNotFound } from '../domain/failures.js';
import { kindOf, POWER_ACTIONS } from '../domain/power.js';
import { DELETE_KIND } from '../operation-kinds.js';
import type { Caller, Outcome } from './caller.js';
import { TenantCluster } from './tenant-cluster.js';
import { isDryRun, Work } from './work.js';

export type DiskDisposition = 'keep' | 'delete';

/** Deletes a virtual machine, with the disks that were made with it or without. */
@Injectable()
export class DeleteVm {
  constructor(
    private readonly caches: MachineCaches,
    private readonly cluster: TenantCluster,
    private readonly work: Work,
  ) {}

  async execute(caller: Caller, name: string, disks: DiskDisposition = 'delete'): Promise<Outcome> {
    const machine = this.caches.machines.get(caller.project.namespace, name);
    if (!machine) throw vmNotFound(`There is no virtual machine "${name}" in this project.`);
    if (machine.deleteProtection) throw vmDeleteProtected();
    const { uid, ownDisks } = machine;
    if (isDryRun()) {
      await this.cluster.wouldDelete(caller, name);
      const fate = disks === 'keep' ? 'keeps' : 'deletes';
      const effect = `It deletes the virtual machine "${name}" and ${fate} its disks: ${ownDisks.join(', ') || 'none'}.`;
      return { preview: { dryRun: true, manifests: [], warnings: [], effect } };
    }
    const request = {
      kind: DELETE_KIND.kind,
      name,
      input: { disks, uid, ownDisks },
      // A machine that is to go need not first finish starting or stopping.
      supersedes: POWER_ACTIONS.map(kindOf),
    };
    return { operation: await this.work.begin(caller, request) };
  }
}
