import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { Principal } from '../../../kernel/principal.js';
import { CurrentPrincipal } from '../../../platform/access/current.js';
import { Authenticated, Requires } from '../../../platform/access/requires.js';
import { CreateRole, DeleteRole, UpdateRole } from '../commands/role-commands.js';
import { CreateRoleBody } from './bodies.js';
import { NameArgs } from './connection-arguments.js';
import { DeleteRoleInput, UpdateRoleInput } from './inputs.js';
import { AccessReading } from './reading.js';
import { type RoleView, roleView } from './views.js';

/** GraphQL has no If-Match. */
const anyVersion = () => {};

@Resolver()
export class RoleResolver {
  constructor(
    private readonly reading: AccessReading,
    private readonly creating: CreateRole,
    private readonly updating: UpdateRole,
    private readonly deleting: DeleteRole,
  ) {}

  @Query('roles')
  @Authenticated()
  async roles(@CurrentPrincipal() principal: Principal): Promise<RoleView[]> {
    return (await this.reading.roles(principal)).map(roleView);
  }

  @Query('role')
  @Authenticated()
  async role(@CurrentPrincipal() principal: Principal, @Args() { name }: NameArgs): Promise<RoleView> {
    return roleView(await this.reading.role(principal, name));
  }

  @Mutation('createRole')
  @Requires('roles:manage', 'any')
  async createRole(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: CreateRoleBody,
  ): Promise<object> {
    return { role: roleView(await this.creating.execute(principal, input)) };
  }

  @Mutation('updateRole')
  @Requires('roles:manage', 'any')
  async updateRole(
    @CurrentPrincipal() principal: Principal,
    @Args('input') { role, ...input }: UpdateRoleInput,
  ): Promise<object> {
    return { role: roleView(await this.updating.execute(principal, role, input, anyVersion)) };
  }

  @Mutation('deleteRole')
  @Requires('roles:manage', 'any')
  async deleteRole(
    @CurrentPrincipal() principal: Principal,
    @Args('input') { role }: DeleteRoleInput,
  ): Promise<object> {
    await this.deleting.execute(principal, role, anyVersion);
    return { deletedName: role };
  }
}
