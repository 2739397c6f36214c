import { Args, Mutation, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import type { TenantRef } from '../../../platform/access/access-port.js';
import { CurrentPrincipal, CurrentProject, CurrentTenant } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { AddMember, ChangeMember, RemoveMember } from '../commands/member-commands.js';
import {
  AddProjectMemberInput,
  AddTenantMemberInput,
  ChangeProjectMemberInput,
  ChangeTenantMemberInput,
  RemoveProjectMemberInput,
  RemoveTenantMemberInput,
} from './inputs.js';
import { projectScope, tenantScope } from './members-door.js';
import { memberNode } from './nodes.js';

/** GraphQL has no If-Match. */
const anyVersion = () => {};

@Resolver()
export class MemberMutations {
  constructor(
    private readonly adding: AddMember,
    private readonly changing: ChangeMember,
    private readonly removing: RemoveMember,
  ) {}

  @Mutation('addProjectMember')
  @Requires('members:manage')
  async addProjectMember(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') input: AddProjectMemberInput,
  ): Promise<object> {
    return { member: memberNode(await this.adding.execute(principal, projectScope(project), input)) };
  }

  @Mutation('changeProjectMember')
  @Requires('members:manage')
  async changeProjectMember(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') input: ChangeProjectMemberInput,
  ): Promise<object> {
    const scope = projectScope(project);
    return {
      member: memberNode(await this.changing.execute(principal, scope, input.member, input, anyVersion)),
    };
  }

  @Mutation('removeProjectMember')
  @Requires('members:manage')
  async removeProjectMember(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { member }: RemoveProjectMemberInput,
  ): Promise<object> {
    await this.removing.execute(principal, projectScope(project), member, anyVersion);
    return { removedId: member };
  }

  @Mutation('addTenantMember')
  @Requires('members:manage', 'tenant')
  async addTenantMember(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Args('input') input: AddTenantMemberInput,
  ): Promise<object> {
    return { member: memberNode(await this.adding.execute(principal, tenantScope(tenant), input)) };
  }

  @Mutation('changeTenantMember')
  @Requires('members:manage', 'tenant')
  async changeTenantMember(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Args('input') input: ChangeTenantMemberInput,
  ): Promise<object> {
    const scope = tenantScope(tenant);
    return {
      member: memberNode(await this.changing.execute(principal, scope, input.member, input, anyVersion)),
    };
  }

  @Mutation('removeTenantMember')
  @Requires('members:manage', 'tenant')
  async removeTenantMember(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Args('input') { member }: RemoveTenantMemberInput,
  ): Promise<object> {
    await this.removing.execute(principal, tenantScope(tenant), member, anyVersion);
    return { removedId: member };
  }
}
