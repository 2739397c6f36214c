import { Args, Mutation, Resolver } from '@nestjs/graphql';
import type { Principal } from '../../../kernel/principal.js';
import type { TenantRef } from '../../../platform/access/access-port.js';
import { CurrentPrincipal, CurrentTenant } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { CreateTenant, DeleteTenant, UpdateTenant } from '../commands/tenant-commands.js';
import { CreateTenantBody } from './bodies.js';
import { DeleteTenantInput, UpdateTenantInput } from './inputs.js';
import { tenantNode } from './nodes.js';

/** GraphQL has no If-Match. */
const anyVersion = () => {};

@Resolver()
export class TenantMutations {
  constructor(
    private readonly creating: CreateTenant,
    private readonly updating: UpdateTenant,
    private readonly deleting: DeleteTenant,
  ) {}

  @Mutation('createTenant')
  @Requires('tenants:create', 'platform')
  async createTenant(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: CreateTenantBody,
  ): Promise<object> {
    return { tenant: tenantNode(await this.creating.execute(principal, input)) };
  }

  @Mutation('updateTenant')
  @Requires('tenants:update', 'tenant')
  async updateTenant(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Args('input') input: UpdateTenantInput,
  ): Promise<object> {
    return { tenant: tenantNode(await this.updating.execute(principal, tenant, input, anyVersion)) };
  }

  @Mutation('deleteTenant')
  @Requires('tenants:delete', 'tenant')
  async deleteTenant(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Args('input') _input: DeleteTenantInput,
  ): Promise<object> {
    await this.deleting.execute(principal, tenant, anyVersion);
    return { deletedName: tenant.name };
  }
}
