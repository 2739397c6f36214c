import { Injectable } from '@nestjs/common';
import { type Caller, isDryRun, type Outcome } from '../../operations/outcome.contract.js';
import { MachineCaches } from '../data/machine-caches.js';
import { vmDeleteProtected } from '../domain/failures.js';
import type { TrashedMachine } from '../domain/observed.js';
import { trashNotFound } from '../domain/trash-failures.js';
import { MachineWork } from '../machine-work.contract.js';
import { DELETE_KIND } from '../operation-kinds.js';
import { effectOf } from './delete-vm.js';
import { DeletionFate, type Fate } from './deletion-fate.js';
import { TenantCluster } from './tenant-cluster.js';

/** Deletes for good what is in the trash, before its time, with what was chosen when it was deleted. */
@Injectable()
export class PurgeVm {
  constructor(
    private readonly caches: MachineCaches,
    private readonly fates: DeletionFate,
    private readonly cluster: TenantCluster,
    private readonly work: MachineWork,
  ) {}

  /** Throws trash.not_found, vm.delete_protected, auth.forbidden, operation.in_progress. */
  async execute(caller: Caller, name: string): Promise<Outcome> {
    const trashed = this.caches.trash.get(caller.project.namespace, name);
    if (!trashed) throw trashNotFound(`There is no virtual machine "${name}" in the trash of this project.`);
    if (trashed.deleteProtection) {
      throw vmDeleteProtected(undefined, { hint: 'Bring it back and set deleteProtection to false first.' });
    }
    const fate = fateOf(trashed, this.fates.stillThere(trashed, trashed.trash?.snapshots ?? []));
    if (fate.snapshots.length > 0) this.fates.requireSnapshots(caller);
    if (isDryRun()) {
      await this.cluster.wouldDelete(caller, name);
      const effect = `It deletes the virtual machine "${name}" for good. ${effectOf(trashed, fate)}`;
      return { preview: { dryRun: true, manifests: [], warnings: [], effect } };
    }
    const { uid, ownDisks } = trashed;
    const request = { kind: DELETE_KIND.kind, name, input: { uid, ownDisks, ...fate } };
    return { operation: await this.work.begin(caller, request) };
  }
}

/** Where nobody knows what was chosen, no data goes. */
export const fateOf = ({ trash, ownDisks }: TrashedMachine, snapshots: Fate['snapshots']): Fate => ({
  keepDisks: trash ? ownDisks.filter((disk) => trash.keepDisks.includes(disk)) : ownDisks,
  snapshots,
});
