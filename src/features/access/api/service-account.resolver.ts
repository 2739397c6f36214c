import { Args, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { Principal } from '../../../kernel/principal.js';
import type { TenantRef } from '../../../platform/access/access-port.js';
import { CurrentPrincipal, CurrentTenant } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { CreateServiceAccount, DeleteServiceAccount } from '../commands/service-account-commands.js';
import { CreateServiceAccountToken, RevokeToken } from '../commands/token-commands.js';
import type { Account } from '../data/account.js';
import { AccessConnections } from './connections.js';
import {
  CreateServiceAccountInput,
  CreateServiceAccountTokenInput,
  DeleteServiceAccountInput,
  RevokeServiceAccountTokenInput,
} from './inputs.js';
import { serviceAccountNode } from './nodes.js';
import { AccessReading } from './reading.js';
import { mintedTokenView, type ServiceAccountView, type TokenView } from './views.js';

/** The guard finds the tenant of a ServiceAccount in its field `tenant`. */
@Resolver('ServiceAccount')
export class ServiceAccountResolver {
  constructor(
    private readonly reading: AccessReading,
    private readonly connections: AccessConnections,
  ) {}

  @ResolveField('tokens')
  @Requires('service-accounts:read', 'tenant')
  async tokens(
    @Parent() { id }: ServiceAccountView,
    @Args() args: ConnectionArgs,
  ): Promise<Connection<TokenView>> {
    const rows = await this.reading.tokens({ type: 'service-account', id });
    return this.connections.tokens(rows, { id }, args);
  }
}

@Resolver()
export class ServiceAccountMutations {
  constructor(
    private readonly reading: AccessReading,
    private readonly creating: CreateServiceAccount,
    private readonly deleting: DeleteServiceAccount,
    private readonly minting: CreateServiceAccountToken,
    private readonly revoking: RevokeToken,
  ) {}

  @Mutation('createServiceAccount')
  @Requires('service-accounts:manage', 'tenant')
  async createServiceAccount(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Args('input') input: CreateServiceAccountInput,
  ): Promise<object> {
    const account = await this.creating.execute(principal, tenant, input);
    return { serviceAccount: serviceAccountNode(account) };
  }

  @Mutation('deleteServiceAccount')
  @Requires('service-accounts:manage', 'tenant')
  async deleteServiceAccount(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Args('input') { name }: DeleteServiceAccountInput,
  ): Promise<object> {
    // GraphQL has no If-Match.
    await this.deleting.execute(principal, tenant, name, () => {});
    return { deletedName: name };
  }

  @Mutation('createServiceAccountToken')
  @Requires('service-accounts:manage', 'tenant')
  async createServiceAccountToken(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Args('input') input: CreateServiceAccountTokenInput,
  ): Promise<object> {
    const account = await this.account(tenant, input.serviceAccount);
    const { token: secret, ...token } = mintedTokenView(
      await this.minting.execute(principal, account, input),
    );
    return { token, secret };
  }

  @Mutation('revokeServiceAccountToken')
  @Requires('service-accounts:manage', 'tenant')
  async revokeServiceAccountToken(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Args('input') { id, serviceAccount }: RevokeServiceAccountTokenInput,
  ): Promise<object> {
    await this.revoking.execute(principal, await this.account(tenant, serviceAccount), id);
    return { revokedId: id };
  }

  private async account(
    tenant: TenantRef,
    name: string,
  ): Promise<Account & { name: string; tenantId: string }> {
    const { id } = await this.reading.serviceAccount(tenant, name);
    return { type: 'service-account', id, name, tenantId: tenant.id };
  }
}
