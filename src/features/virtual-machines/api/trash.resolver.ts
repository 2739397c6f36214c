import { Args, Mutation, ResolveField, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { assertIfMatch } from '../../../platform/http/etag.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { PurgeVm } from '../commands/purge-vm.js';
import { UndeleteVm } from '../commands/undelete-vm.js';
import type { TrashRow } from '../data/trash-directory.js';
import { type MachinePayload, payloadOf } from './machine-mutations.resolver.js';
import { MachineReads } from './machine-reads.js';
import { PurgeVirtualMachineInput, TrashArgs, UndeleteVirtualMachineInput } from './trash.dto.js';
import { TrashReads } from './trash-reads.js';

@Resolver()
export class TrashMutationsResolver {
  constructor(
    private readonly machines: MachineReads,
    private readonly reads: TrashReads,
    private readonly undeleting: UndeleteVm,
    private readonly purging: PurgeVm,
  ) {}

  @Mutation('undeleteVirtualMachine')
  @Requires('vms:create')
  async undelete(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name }: UndeleteVirtualMachineInput,
  ): Promise<MachinePayload> {
    const outcome = await this.undeleting.execute({ principal, project }, name);
    return payloadOf(outcome, this.machines.find(project, name));
  }

  @Mutation('purgeVirtualMachine')
  @Requires('vms:delete')
  async purge(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name, ifMatch }: PurgeVirtualMachineInput,
  ): Promise<MachinePayload> {
    if (ifMatch) assertIfMatch({ 'if-match': ifMatch }, this.reads.get(project, name).version);
    return payloadOf(await this.purging.execute({ principal, project }, name), null);
  }
}

@Resolver('Project')
export class ProjectTrashResolver {
  constructor(private readonly reads: TrashReads) {}

  @ResolveField('trashedVirtualMachines')
  @Requires('vms:read')
  all(@CurrentProject() project: ProjectRef, @Args() args: TrashArgs): Connection<TrashRow> {
    return this.reads.connection(project, args);
  }

  @ResolveField('trashedVirtualMachine')
  @Requires('vms:read')
  one(@CurrentProject() project: ProjectRef, @Args('name') name: string): TrashRow | null {
    return this.reads.find(project, name);
  }
}
