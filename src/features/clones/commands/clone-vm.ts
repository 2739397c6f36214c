import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Failure } from '../../../kernel/failure.js';
import { forbidden } from '../../../kernel/failures.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { Database } from '../../../platform/database/database.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { OperationsContract } from '../../operations/operations.contract.js';
import { type Caller, isDryRun, type Outcome } from '../../snapshots/outcome.contract.js';
import {
  dataVolumesOf,
  type SourceMachine,
  SourceMachines,
} from '../../snapshots/source-machine.contract.js';
import { inTrash } from '../../virtual-machines/trash.contract.js';
import { CloneOriginals } from '../data/clone-originals.js';
import {
  cloneFirmwareUnknown,
  cloneNameTaken,
  cloneSourceGone,
  cloneSourceRunning,
  cloneTargetNotFound,
} from '../domain/clone-failures.js';
import { type CloneInput, chooseMethod } from '../domain/clone-input.js';
import { CLONE_KIND, MACHINE_TARGET } from '../operation-kinds.js';

export interface CloneBody {
  name: string;
  /** Another project to clone into, by name. */
  project?: string | null;
  start?: boolean | null;
  newMacAddresses?: boolean | null;
  newFirmwareUuid?: boolean | null;
  hostname?: string | null;
}

/** Where a clone may be made, and by whom. */
@Injectable()
export class CloneTargets {
  constructor(
    private readonly projects: ProjectDirectory,
    private readonly access: AccessPort,
  ) {}

  /** Throws clone.project_not_found for what the caller may not see, auth.forbidden for what they may not change. */
  of({ principal, project }: Caller, name: string | null): ProjectRef {
    const found = name === null || name === project.name ? project : this.projects.byName(name);
    if (!found || !this.access.allows(principal, 'projects:read', found)) {
      throw cloneTargetNotFound(`There is no project "${name}".`);
    }
    if (!this.access.allows(principal, 'vms:create', found)) {
      throw forbidden(`You may not create virtual machines in the project "${found.name}".`);
    }
    const { id, tenantId, tenant, namespace } = found;
    return { id, name: found.name, tenantId, tenant, namespace };
  }
}

/** Clones a virtual machine, within its project or into another. */
@Injectable()
export class CloneVm implements OnModuleInit {
  constructor(
    private readonly machines: SourceMachines,
    private readonly targets: CloneTargets,
    private readonly originals: CloneOriginals,
    private readonly operations: OperationsContract,
    private readonly database: Database,
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
    if (isDryRun()) {
      if (refusal) throw refusal;
      const taken = { type: MACHINE_TARGET, name: body.name };
      const request = { kind: CLONE_KIND.kind, project: target, target: taken, input: { ...input } };
      warnings.push(...(await this.operations.rehearse(request)));
      const effect = `It clones the virtual machine "${vm}" to "${body.name}" in the project "${target.name}", by ${method === 'disks' ? 'copies of its disks' : 'a snapshot'}.`;
      return { preview: { dryRun: true, manifests: [], warnings, effect } };
    }
    return this.#begin(caller, target, input, warnings, refusal);
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

  async #begin(
    { principal }: Caller,
    project: ProjectRef,
    input: CloneInput,
    warnings: string[],
    refusal: Failure | null,
  ): Promise<Outcome> {
    const startedAt = Date.now();
    const operation = await this.database.transaction(async (tx) => {
      const target = { type: MACHINE_TARGET, name: input.name };
      const request = { kind: CLONE_KIND.kind, principal, project, target, warnings, input: { ...input } };
      const begun = await this.operations.begin(tx, request);
      // Asked last: the same request under the same idempotency key meets its own operation.
      if (refusal && Date.parse(begun.createdAt) >= startedAt) throw refusal;
      return begun;
    });
    return { operation };
  }
}
