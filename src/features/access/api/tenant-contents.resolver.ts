import { ResolveField, Resolver } from '@nestjs/graphql';
import type { TenantRef } from '../../../platform/access/access-port.js';
import { CurrentTenant } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { type TenantAssociates, TenantContents } from '../data/tenant-contents.js';

@Resolver('Tenant')
export class TenantContentsResolver {
  constructor(private readonly contents: TenantContents) {}

  @ResolveField('associatedResources')
  @Requires('tenants:delete', 'tenant')
  associatedResources(@CurrentTenant() tenant: TenantRef): Promise<TenantAssociates> {
    return this.contents.of(tenant);
  }
}
