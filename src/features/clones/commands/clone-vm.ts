import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Failure } from '../../../kernel/failure.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { OperationsContract } from '../../operations/operations.contract.js';
import { type Caller, isDryRun, type Outcome } from '../../operations/outcome.contract.js';
import {
  dataVolumesOf,
  type SourceMachine,
  SourceMachines,
} from '../../snapshots/source-machine.contract.js';
import { MachineWork } from '../../virtual-machines/machine-work.contract.js';
import { inTrash } from '../../virtual-machines/trash.contract.js';
import { CloneOriginals } from '../data/clone-originals.js';
import {
  cloneFirmwareUnknown,
  cloneNameTaken,
  cloneSourceGone,
  cloneSourceRunning,
} from '../domain/clone-failures.js';
import { type CloneInput, chooseMethod } from '../domain/clone-input.js';
import { CLONE_KIND } from '../operation-kinds.js';
import { CloneTargets } from './clone-targets.js';

export interface CloneBody {
  name: string;
  /** Another project to clone into, by name. */
  project?: string | null;
  start?: boolean | null;
  newMacAddresses?: boolean | null;
  newFirmwareUuid?: boolean | null;
  hostname?: string | null;
}

/** Clones a virtual machine, within its project or into another. */
@Injectable()
export class CloneVm implements OnModuleInit {
  constructor(
    private readonly machines: SourceMachines,
    private readonly targets: CloneTargets,
    private readonly originals: CloneOriginals,
    private readonly operations: OperationsContract,
    private readonly work: MachineWork,
  ) {}

  onModuleInit(): void {
    this.operations.registerKind(CLONE_KIND);
  }

  /** Throws clone.*, auth.forbidden, operation.in_progress. */
  async execute(caller: Caller, vm: string, body: CloneBody): Promise<Outcome> {
    const machine = this.machines.machine(caller.project, vm);
    if (!machine || machine.deleting) throw cloneSourceGone();
    const target = this.targets.of(caller, body.project ?? null);
    const same = target.id === caller.project.id;
    const notOpen = await this.originals.notOpen(caller.project, vm, target);
    const { method, fallbackReason } = chooseMethod(machine, same, notOpen);
    const firmwareUuid = body.newFirmwareUuid === false ? this.#firmwareUuid(caller.project, machine) : null;
    const refusal =
      this.#refusal(caller.project, machine, target, body.name, method) ??
      (body.newFirmwareUuid === false && firmwareUuid === null ? cloneFirmwareUnknown() : null);
    const warnings = method === 'disks' ? [`The disks are copied one by one: ${fallbackReason}`] : [];
    if (!same) warnings.push('User data, secrets and network attachments of the original do not go along.');
    if (notOpen.length > 0)
      warnings.push(`Not open to tenants, so it does not go along: ${notOpen.join(', ')}.`);
    const claims = method === 'disks' ? dataVolumesOf(machine).map(({ name, claim }) => [name, claim]) : [];
    const input: CloneInput = {
      source: { project: caller.project, name: vm, uid: machine.uid },
      name: body.name,
      method,
      fallbackReason,
      claims: Object.fromEntries(claims),
      start: body.start === true,
      freshMacs: body.newMacAddresses !== false,
      hostname: body.hostname ?? body.name,
      firmwareUuid,
    };
    const maker = { principal: caller.principal, project: target };
    const request = { kind: CLONE_KIND.kind, name: body.name, input, warnings };
    if (isDryRun()) {
      if (refusal) throw refusal;
      const near = await this.work.rehearse(maker, request);
      const effect = `It clones the virtual machine "${vm}" to "${body.name}" in the project "${target.name}", by ${method === 'disks' ? 'copies of its disks' : 'a snapshot'}.`;
      return { preview: { dryRun: true, manifests: [], warnings: [...warnings, ...near], effect } };
    }
    return { operation: await this.work.begin(maker, request, refusal) };
  }

  #firmwareUuid(project: ProjectRef, { name, firmwareUuid }: SourceMachine): string | null {
    return firmwareUuid ?? this.machines.instance(project, name)?.firmwareUuid ?? null;
  }

  #refusal(
    project: ProjectRef,
    machine: SourceMachine,
    target: ProjectRef,
    name: string,
    method: string,
  ): Failure | null {
    if (this.machines.inTrash(target, name)) return inTrash(name);
    if (this.machines.machine(target, name)) {
      return cloneNameTaken(`There is a virtual machine "${name}" in the project "${target.name}".`);
    }
    // A copy of a disk that is being written to would hold neither the old nor the new.
    const running = this.machines.instance(project, machine.name)?.alive === true;
    return method === 'disks' && running
      ? cloneSourceRunning(`The virtual machine "${machine.name}" is ${machine.state}.`)
      : null;
  }
}
