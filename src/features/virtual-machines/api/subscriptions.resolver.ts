import { Args, Resolver, Subscription } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { MachineChanges } from './machine-changes.js';

@Resolver()
export class MachineSubscriptionsResolver {
  constructor(private readonly changes: MachineChanges) {}

  @Subscription('virtualMachineChanged', { resolve: (row: unknown) => row })
  @Requires('vms:read')
  virtualMachineChanged(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('name') name: string,
  ) {
    return this.changes.machine(principal, project, name);
  }

  @Subscription('projectEvents', { resolve: (event: unknown) => event })
  @Requires('vms:read')
  projectEvents(@CurrentPrincipal() principal: Principal, @CurrentProject() project: ProjectRef) {
    return this.changes.projectEvents(principal, project);
  }
}
