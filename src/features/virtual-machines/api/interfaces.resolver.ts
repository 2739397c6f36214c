import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { IntersectionType } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { OfMachine } from '../../../platform/graphql/addressed-inputs.js';
import { AttachInterface } from '../commands/attach-interface.js';
import { InterfaceBodyDto } from './interface.dto.js';
import { type MachinePayload, payloadOf } from './machine-mutations.resolver.js';
import { MachineReads } from './machine-reads.js';

export class AttachInterfaceInput extends IntersectionType(InterfaceBodyDto, OfMachine) {}

export class DetachInterfaceInput extends OfMachine {
  @IsString()
  @MaxLength(63)
  interface!: string;
}

@Resolver()
export class InterfacesResolver {
  constructor(
    private readonly reads: MachineReads,
    private readonly attaching: AttachInterface,
  ) {}

  @Mutation('attachInterface')
  @Requires('vms:update')
  async attach(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { project: _project, virtualMachine, ...body }: AttachInterfaceInput,
  ): Promise<MachinePayload> {
    const outcome = await this.attaching.attach({ principal, project }, virtualMachine, body);
    return payloadOf(outcome, this.reads.find(project, virtualMachine));
  }

  @Mutation('detachInterface')
  @Requires('vms:update')
  async detach(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { virtualMachine, interface: interfaceName }: DetachInterfaceInput,
  ): Promise<MachinePayload> {
    const outcome = await this.attaching.detach({ principal, project }, virtualMachine, interfaceName);
    return payloadOf(outcome, this.reads.find(project, virtualMachine));
  }
}
