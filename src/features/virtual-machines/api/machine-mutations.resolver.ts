import { Args, Mutation, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { assertIfMatch } from '../../../platform/http/etag.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { type Outcome, type Preview } from '../../operations/outcome.contract.js';
import { CreateVm } from '../commands/create-vm.js';
import { DeleteVm } from '../commands/delete-vm.js';
import { UpdateVm } from '../commands/update-vm.js';
import type { MachineRow } from '../data/machine-row.js';
import {
  CreateVirtualMachineInput,
  DeleteVirtualMachineInput,
  UpdateVirtualMachineInput,
} from './inputs.dto.js';
import { MachineReads } from './machine-reads.js';

export interface MachinePayload {
  operation: OperationView | null;
  virtualMachine: MachineRow | null;
  preview: Preview | null;
}

export const payloadOf = (outcome: Outcome, virtualMachine: MachineRow | null): MachinePayload => ({
  operation: outcome.preview ? null : outcome.operation,
  virtualMachine,
  preview: outcome.preview ?? null,
});

@Resolver()
export class MachineMutationsResolver {
  constructor(
    private readonly reads: MachineReads,
    private readonly creating: CreateVm,
    private readonly updating: UpdateVm,
    private readonly deleting: DeleteVm,
  ) {}

  @Mutation('createVirtualMachine')
  @Requires('vms:create')
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { project: _project, ...body }: CreateVirtualMachineInput,
  ): Promise<MachinePayload> {
    const outcome = await this.creating.execute({ principal, project }, body);
    return payloadOf(outcome, this.reads.find(project, body.name));
  }

  @Mutation('updateVirtualMachine')
  @Requires('vms:update')
  async update(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { project: _project, name, ifMatch, ...body }: UpdateVirtualMachineInput,
  ): Promise<MachinePayload> {
    this.#assertUnchanged(project, name, ifMatch);
    const outcome = await this.updating.execute({ principal, project }, name, body);
    return payloadOf(outcome, this.reads.find(project, name));
  }

  @Mutation('deleteVirtualMachine')
  @Requires('vms:delete')
  async delete(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') input: DeleteVirtualMachineInput,
  ): Promise<MachinePayload> {
    const { name, disks, keepDisks, snapshots, deleteSnapshots, permanently, ifMatch } = input;
    this.#assertUnchanged(project, name, ifMatch);
    const outcome = await this.deleting.execute({ principal, project }, name, {
      disks: disks === 'KEEP' ? 'keep' : 'delete',
      keepDisks,
      snapshots: snapshots === 'DELETE' ? 'delete' : 'keep',
      deleteSnapshots,
      permanently,
    });
    return payloadOf(outcome, this.reads.find(project, name));
  }

  #assertUnchanged(project: ProjectRef, name: string, ifMatch: string | null | undefined): void {
    if (ifMatch) assertIfMatch({ 'if-match': ifMatch }, this.reads.get(project, name).version);
  }
}
