import { Args, Mutation, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { AttachDisk } from '../commands/attach-disk.js';
import { AttachDiskInput, DetachDiskInput } from './attach.dto.js';
import { type MachinePayload, payloadOf } from './machine-mutations.resolver.js';
import { MachineReads } from './machine-reads.js';

@Resolver()
export class AttachResolver {
  constructor(
    private readonly reads: MachineReads,
    private readonly attaching: AttachDisk,
  ) {}

  @Mutation('attachDisk')
  @Requires('disks:attach')
  async attach(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { project: _project, virtualMachine, ...body }: AttachDiskInput,
  ): Promise<MachinePayload> {
    const outcome = await this.attaching.attach({ principal, project }, virtualMachine, body);
    return payloadOf(outcome, this.reads.find(project, virtualMachine));
  }

  @Mutation('detachDisk')
  @Requires('disks:attach')
  async detach(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { virtualMachine, disk }: DetachDiskInput,
  ): Promise<MachinePayload> {
    const outcome = await this.attaching.detach({ principal, project }, virtualMachine, disk);
    return payloadOf(outcome, this.reads.find(project, virtualMachine));
  }
}
