import { type OnModuleInit } from '@nestjs/common';
import { Args, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { Principal } from '../../../kernel/principal.js';
import type { TenantRef } from '../../../platform/access/access-port.js';
import { CurrentPrincipal, CurrentTenant } from '../../../platform/access/current.js';
import { Authenticated, Requires } from '../../../platform/access/requires.js';
import { toGlobalId } from '../../../platform/graphql/global-id.js';
import { NodeLoaders } from '../../../platform/graphql/node-loader.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { NameArgs, ProjectArgs, SearchArgs } from './connection-arguments.js';
import { AccessConnections } from './connections.js';
import { tenantScope } from './members-door.js';
import { type ProjectNode, type TenantNode, tenantNode } from './nodes.js';
import { AccessReading } from './reading.js';
import type { MemberView, ServiceAccountView } from './views.js';

@Resolver('Tenant')
export class TenantResolver implements OnModuleInit {
  constructor(
    private readonly reading: AccessReading,
    private readonly connections: AccessConnections,
    private readonly nodes: NodeLoaders,
  ) {}

  onModuleInit(): void {
    this.nodes.register('Tenant', async (id, principal) => {
      const tenant = (await this.reading.tenants(principal)).find((candidate) => candidate.id === id);
      return tenant ? tenantNode(tenant) : null;
    });
  }

  @Query('tenant')
  @Requires('tenants:read', 'tenant')
  async tenant(@Args() { name }: NameArgs): Promise<TenantNode> {
    return tenantNode(await this.reading.tenant(name));
  }

  @Query('tenants')
  @Requires('tenants:read', 'any')
  async tenants(
    @CurrentPrincipal() principal: Principal,
    @Args() args: SearchArgs,
  ): Promise<Connection<TenantNode>> {
    return this.connections.tenants(await this.reading.tenants(principal), args);
  }

  @ResolveField('id')
  @Authenticated()
  id(@Parent() { id }: TenantNode): string {
    return toGlobalId('Tenant', id);
  }

  @ResolveField('projects')
  @Requires('projects:read', 'tenant')
  async projects(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Args() args: ProjectArgs,
  ): Promise<Connection<ProjectNode>> {
    return this.connections.projects(await this.reading.projects(principal), tenant, args);
  }

  @ResolveField('members')
  @Requires('members:read', 'tenant')
  async members(
    @CurrentTenant() tenant: TenantRef,
    @Args() args: ConnectionArgs,
  ): Promise<Connection<MemberView>> {
    const scope = tenantScope(tenant);
    return this.connections.members(await this.reading.members(scope), scope, args);
  }

  @ResolveField('serviceAccounts')
  @Requires('service-accounts:read', 'tenant')
  async serviceAccounts(
    @CurrentTenant() tenant: TenantRef,
    @Args() args: SearchArgs,
  ): Promise<Connection<ServiceAccountView>> {
    return this.connections.serviceAccounts(await this.reading.serviceAccounts(tenant), tenant, args);
  }
}
