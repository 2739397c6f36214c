import { Args, Mutation, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { type Preview } from '../../operations/outcome.contract.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { CloneVm } from '../commands/clone-vm.js';
import { CloneVirtualMachineInput } from './clone.dto.js';

@Resolver()
export class ClonesResolver {
  constructor(
    private readonly machines: VirtualMachinesContract,
    private readonly cloning: CloneVm,
  ) {}

  @Mutation('cloneVirtualMachine')
  @Requires('vms:clone')
  async clone(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { project: _project, virtualMachine, targetProject, ...options }: CloneVirtualMachineInput,
  ): Promise<{ operation: OperationView | null; preview: Preview | null }> {
    this.machines.find(project, virtualMachine);
    const body = { ...options, project: targetProject };
    const outcome = await this.cloning.execute({ principal, project }, virtualMachine, body);
    return {
      operation: outcome.preview ? null : outcome.operation,
      preview: outcome.preview ?? null,
    };
  }
}
