import { Args, Mutation, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { PowerVm } from '../commands/power-vm.js';
import type { PowerAction, PowerOptions } from '../domain/power.js';
import {
  RestartVirtualMachineInput,
  StartVirtualMachineInput,
  StopVirtualMachineInput,
  VirtualMachineActionInput,
} from './inputs.dto.js';
import { type MachinePayload, payloadOf } from './machine-mutations.resolver.js';
import { MachineReads } from './machine-reads.js';

@Resolver()
export class PowerResolver {
  constructor(
    private readonly power: PowerVm,
    private readonly reads: MachineReads,
  ) {}

  @Mutation('startVirtualMachine')
  @Requires('vms:start')
  start(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name, paused }: StartVirtualMachineInput,
  ): Promise<MachinePayload> {
    return this.#run(principal, project, name, 'start', { paused });
  }

  @Mutation('stopVirtualMachine')
  @Requires('vms:stop')
  stop(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name, force, gracePeriodSeconds }: StopVirtualMachineInput,
  ): Promise<MachinePayload> {
    return this.#run(principal, project, name, 'stop', { force, gracePeriodSeconds });
  }

  @Mutation('restartVirtualMachine')
  @Requires('vms:restart')
  restart(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name, force }: RestartVirtualMachineInput,
  ): Promise<MachinePayload> {
    return this.#run(principal, project, name, 'restart', { force });
  }

  @Mutation('pauseVirtualMachine')
  @Requires('vms:pause')
  pause(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name }: VirtualMachineActionInput,
  ): Promise<MachinePayload> {
    return this.#run(principal, project, name, 'pause');
  }

  @Mutation('unpauseVirtualMachine')
  @Requires('vms:unpause')
  unpause(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name }: VirtualMachineActionInput,
  ): Promise<MachinePayload> {
    return this.#run(principal, project, name, 'unpause');
  }

  @Mutation('softRebootVirtualMachine')
  @Requires('vms:soft-reboot')
  softReboot(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name }: VirtualMachineActionInput,
  ): Promise<MachinePayload> {
    return this.#run(principal, project, name, 'soft-reboot');
  }

  @Mutation('resetVirtualMachine')
  @Requires('vms:reset')
  reset(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name }: VirtualMachineActionInput,
  ): Promise<MachinePayload> {
    return this.#run(principal, project, name, 'reset');
  }

  async #run(
    principal: Principal,
    project: ProjectRef,
    name: string,
    action: PowerAction,
    options: PowerOptions = {},
  ): Promise<MachinePayload> {
    const outcome = await this.power.execute({ principal, project }, name, action, options);
    return payloadOf(outcome, this.reads.find(project, name));
  }
}
