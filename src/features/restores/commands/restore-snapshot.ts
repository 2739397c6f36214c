import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Failure } from '../../../kernel/failure.js';
import { VIRTUAL_MACHINE_RESTORE } from '../../../platform/cluster/kinds.js';
import { OperationsContract } from '../../operations/operations.contract.js';
import { type Caller, dryProvenance, isDryRun, type Outcome } from '../../operations/outcome.contract.js';
import { ProtectionPreviews } from '../../snapshots/protection-previews.contract.js';
import { type SnapshotFacts, SnapshotsContract } from '../../snapshots/snapshots.contract.js';
import { type SourceMachine, SourceMachines } from '../../snapshots/source-machine.contract.js';
import { MachineWork } from '../../virtual-machines/machine-work.contract.js';
import { inTrash } from '../../virtual-machines/trash.contract.js';
import { restoreNameTaken, restoreSourceGone, snapshotUnready } from '../domain/restore-failures.js';
import type { RestoreInput, RestoreToNewInput } from '../domain/restore-input.js';
import { restoreManifest } from '../domain/restore-manifest.js';
import { RESTORE_KIND, RESTORE_TO_NEW_KIND } from '../operation-kinds.js';

export interface RestoreBody {
  /** A new machine of this name; absent: in place. */
  newName?: string | null;
  safetySnapshot?: boolean | null;
  force?: boolean | null;
  start?: boolean | null;
  newMacAddresses?: boolean | null;
  hostname?: string | null;
}

/** Restores a snapshot, in place or to a new machine. */
@Injectable()
export class RestoreSnapshot implements OnModuleInit {
  constructor(
    private readonly snapshots: SnapshotsContract,
    private readonly machines: SourceMachines,
    private readonly operations: OperationsContract,
    private readonly previews: ProtectionPreviews,
    private readonly work: MachineWork,
  ) {}

  onModuleInit(): void {
    this.operations.registerKind(RESTORE_KIND);
    this.operations.registerKind(RESTORE_TO_NEW_KIND);
  }

  /** Throws snapshot.not_found, snapshot.not_ready, restore.machine_gone, restore.name_taken, operation.in_progress. */
  async execute(caller: Caller, name: string, body: RestoreBody): Promise<Outcome> {
    const snapshot = this.snapshots.find(caller.project, name);
    const { newName } = body;
    return newName ? this.#toNew(caller, snapshot, newName, body) : this.#inPlace(caller, snapshot, body);
  }

  async #inPlace(caller: Caller, snapshot: SnapshotFacts, body: RestoreBody): Promise<Outcome> {
    const { project } = caller;
    const machine = this.#source(caller, snapshot);
    const instance = this.machines.instance(project, machine.name);
    const wanted = machine.runStrategy === 'Always' || machine.runStrategy === 'Once';
    const input: RestoreInput = {
      snapshot: snapshot.name,
      uid: machine.uid,
      ran: wanted || instance?.alive === true,
      runStrategy: machine.runStrategy,
      safetySnapshot: body.safetySnapshot === true,
      force: body.force === true,
    };
    const effect = [
      ...(input.ran ? [`It stops the virtual machine "${machine.name}"`] : []),
      ...(input.safetySnapshot ? ['takes a safety snapshot'] : []),
      `restores "${machine.name}" to the snapshot "${snapshot.name}": what changed since is lost`,
      ...(input.ran ? ['and starts it again'] : []),
    ].join(', ');
    const refusal = snapshot.ready ? null : snapshotUnready(unready(snapshot));
    return this.#begin(caller, RESTORE_KIND.kind, machine.name, { ...input }, refusal, `${effect}.`);
  }

  /** Another machine under the same name is not the one that the snapshot is of. */
  #source({ project }: Caller, snapshot: SnapshotFacts): SourceMachine {
    const machine = this.machines.machine(project, snapshot.virtualMachine);
    const same = machine && (snapshot.sourceUid === null || snapshot.sourceUid === machine.uid);
    if (this.machines.inTrash(project, snapshot.virtualMachine)) throw inTrash(snapshot.virtualMachine);
    if (!machine || !same || machine.deleting) {
      throw restoreSourceGone(`The virtual machine "${snapshot.virtualMachine}" of the snapshot is gone.`);
    }
    return machine;
  }

  async #toNew(
    caller: Caller,
    snapshot: SnapshotFacts,
    newName: string,
    body: RestoreBody,
  ): Promise<Outcome> {
    const taken = this.machines.inTrash(caller.project, newName)
      ? inTrash(newName)
      : this.machines.machine(caller.project, newName)
        ? restoreNameTaken(`There is a virtual machine "${newName}" in this project.`)
        : null;
    const refusal = taken ?? (snapshot.ready ? null : snapshotUnready(unready(snapshot)));
    const input: RestoreToNewInput = {
      snapshot: snapshot.name,
      newName,
      start: body.start === true,
      freshMacs: body.newMacAddresses !== false,
      hostname: body.hostname ?? newName,
    };
    const effect = `It makes the virtual machine "${newName}" from the snapshot "${snapshot.name}"${input.start ? ' and starts it' : ''}.`;
    return this.#begin(caller, RESTORE_TO_NEW_KIND.kind, newName, { ...input }, refusal, effect);
  }

  async #begin(
    caller: Caller,
    kind: string,
    machine: string,
    input: Record<string, unknown>,
    refusal: Failure | null,
    effect: string,
  ): Promise<Outcome> {
    const request = { kind, name: machine, input };
    if (isDryRun()) {
      if (refusal) throw refusal;
      const warnings = await this.work.rehearse(caller, request);
      const from = { ...dryProvenance(caller), project: caller.project };
      const manifest = restoreManifest(from, {
        target: machine,
        snapshot: String(input.snapshot),
        patches: [],
      });
      await this.previews.wouldCreate(caller, VIRTUAL_MACHINE_RESTORE, manifest);
      return { preview: { dryRun: true, manifests: [manifest], warnings: [...warnings], effect } };
    }
    return { operation: await this.work.begin(caller, request, refusal) };
  }
}

const unready = ({ name, state }: SnapshotFacts): string => `The snapshot "${name}" is ${state}.`;
