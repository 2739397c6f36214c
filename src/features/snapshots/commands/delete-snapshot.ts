import { Injectable } from '@nestjs/common';
import { VIRTUAL_MACHINE_SNAPSHOT } from '../../../platform/cluster/kinds.js';
import { Database } from '../../../platform/database/database.js';
import { type Caller, isDryRun, type Outcome } from '../../operations/outcome.contract.js';
import { ProtectionPreviews } from '../protection-previews.contract.js';
import { BeginSnapshots } from './begin-snapshots.js';

/** Deletes a snapshot with the copies of the disks that it holds. */
@Injectable()
export class DeleteSnapshot {
  constructor(
    private readonly snapshots: BeginSnapshots,
    private readonly previews: ProtectionPreviews,
    private readonly database: Database,
  ) {}

  /** Throws snapshot.not_found, snapshot.in_use, operation.in_progress. */
  async execute(caller: Caller, name: string): Promise<Outcome> {
    if (isDryRun()) {
      const { virtualMachine } = this.snapshots.deletable(caller.project, name);
      await this.previews.wouldDelete(caller, VIRTUAL_MACHINE_SNAPSHOT, name);
      const effect = `It deletes the snapshot "${name}" of the virtual machine "${virtualMachine}".`;
      return { preview: { dryRun: true, manifests: [], warnings: [], effect } };
    }
    const operation = await this.database.transaction((tx) =>
      this.snapshots.beginDelete(tx, { ...caller, name }),
    );
    return { operation };
  }
}
