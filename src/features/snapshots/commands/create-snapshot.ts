import { Injectable } from '@nestjs/common';
import { VIRTUAL_MACHINE_SNAPSHOT } from '../../../platform/cluster/kinds.js';
import { Database } from '../../../platform/database/database.js';
import { type Caller, dryProvenance, isDryRun, type Outcome } from '../../operations/outcome.contract.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { preflight } from '../domain/preflight.js';
import { snapshotMachineGone } from '../domain/snapshot-failures.js';
import { ProtectionPreviews } from '../protection-previews.contract.js';
import { DEFAULT_DEADLINE_SECONDS, snapshotManifest } from '../snapshot-manifest.contract.js';
import { SourceMachines } from '../source-machine.contract.js';
import { BeginSnapshots } from './begin-snapshots.js';

export interface CreateSnapshotBody {
  name: string;
  failureDeadlineSeconds: number | null;
}

/** Takes a snapshot of a virtual machine. */
@Injectable()
export class CreateSnapshot {
  constructor(
    private readonly snapshots: BeginSnapshots,
    private readonly virtualMachines: VirtualMachinesContract,
    private readonly machines: SourceMachines,
    private readonly previews: ProtectionPreviews,
    private readonly database: Database,
  ) {}

  /** Throws vm.not_found, snapshot.exists, snapshot.not_possible, operation.in_progress. */
  async execute(caller: Caller, vm: string, body: CreateSnapshotBody): Promise<Outcome> {
    this.virtualMachines.find(caller.project, vm);
    if (isDryRun()) return this.#preview(caller, vm, body);
    const operation = await this.database.transaction((tx) =>
      this.snapshots.begin(tx, { ...caller, vm, ...body }),
    );
    return { operation };
  }

  async #preview(caller: Caller, vm: string, body: CreateSnapshotBody): Promise<Outcome> {
    const { project } = caller;
    const { name } = body;
    if (this.snapshots.of(project).some((snapshot) => snapshot.name === name)) {
      throw this.snapshots.exists(name);
    }
    const machine = this.machines.machine(project, vm);
    if (!machine) throw snapshotMachineGone();
    const warnings = [...preflight(machine), ...(await this.snapshots.rehearse(project, vm, name))];
    const failureDeadlineSeconds = body.failureDeadlineSeconds ?? DEFAULT_DEADLINE_SECONDS;
    const spec = { name, namespace: project.namespace, machine: vm, labels: {}, failureDeadlineSeconds };
    const manifest = snapshotManifest(spec, dryProvenance(caller));
    await this.previews.wouldCreate(caller, VIRTUAL_MACHINE_SNAPSHOT, manifest);
    const effect = `It takes the snapshot "${name}" of the virtual machine "${vm}", which is ${machine.state}.`;
    return { preview: { dryRun: true, manifests: [manifest], warnings, effect } };
  }
}
