import { Args, Mutation, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import type { TenantRef } from '../../../platform/access/access-port.js';
import { CurrentPrincipal, CurrentProject, CurrentTenant } from '../../../platform/access/current.js';
import { Requires, RequiresAbove } from '../../../platform/access/requires.js';
import { QuotaReading } from '../commands/quota-reading.js';
import { SetQuota } from '../commands/set-quota.js';
import { SetProjectQuotaInput, SetQuotaDefaultsInput, SetTenantQuotaInput } from './quota-bodies.js';
import { defaultsView, quotaNode } from './quota-views.js';

@Resolver('Project')
export class ProjectQuotaResolver {
  constructor(private readonly reading: QuotaReading) {}

  @ResolveField('quota')
  @Requires('quotas:read')
  async quota(@CurrentProject() project: ProjectRef): Promise<object> {
    return quotaNode(await this.reading.project(project));
  }
}

@Resolver('Tenant')
export class TenantQuotaResolver {
  constructor(private readonly reading: QuotaReading) {}

  @ResolveField('quota')
  @Requires('quotas:read', 'tenant')
  async quota(@CurrentTenant() tenant: TenantRef): Promise<object> {
    return quotaNode(await this.reading.tenant(tenant));
  }
}

/** GraphQL has no If-Match. */
const any = () => {};

@Resolver()
export class QuotaResolver {
  constructor(
    private readonly reading: QuotaReading,
    private readonly setting: SetQuota,
  ) {}

  @Query('quotaDefaults')
  @Requires('quotas:read', 'platform')
  async quotaDefaults(): Promise<object> {
    return defaultsView(await this.reading.platform());
  }

  @Mutation('setProjectQuota')
  @RequiresAbove('quotas:manage', 'project')
  async setProjectQuota(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') input: SetProjectQuotaInput,
  ): Promise<object> {
    return { quota: quotaNode(await this.setting.project(principal, project, input, any)) };
  }

  @Mutation('setTenantQuota')
  @RequiresAbove('quotas:manage', 'tenant')
  async setTenantQuota(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Args('input') input: SetTenantQuotaInput,
  ): Promise<object> {
    return { quota: quotaNode(await this.setting.tenant(principal, tenant, input, any)) };
  }

  @Mutation('setQuotaDefaults')
  @Requires('quotas:manage', 'platform')
  async setQuotaDefaults(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: SetQuotaDefaultsInput,
  ): Promise<object> {
    return { defaults: defaultsView(await this.setting.platform(principal, input)) };
  }
}
