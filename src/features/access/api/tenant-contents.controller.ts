import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiProperty, ApiSchema, ApiTags } from '@nestjs/swagger';
import type { TenantRef } from '../../../platform/access/access-port.js';
import { CurrentTenant } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { type TenantAssociates, TenantContents } from '../data/tenant-contents.js';

@ApiSchema({ name: 'TenantServiceAccount' })
export class TenantServiceAccountView {
  @ApiProperty() name!: string;
  @ApiProperty({ type: 'integer', description: 'Those that are good still.' }) tokens!: number;
}

@ApiSchema({ name: 'TenantAssociatedResources' })
export class TenantAssociatesView {
  @ApiProperty({ type: [String], description: 'In the way: they have to be deleted first.' })
  projects!: string[];
  @ApiProperty({ type: [TenantServiceAccountView] }) serviceAccounts!: TenantServiceAccountView[];
  @ApiProperty({ type: 'integer', description: 'Roles that somebody has in the whole tenant.' })
  members!: number;
  @ApiProperty({ type: [String], description: 'Its own.' }) roles!: string[];
}

@ApiTags('Tenancy')
@ApiBearerAuth()
@Controller('api/v1/tenants/:tenant/associated-resources')
export class TenantContentsController {
  constructor(private readonly contents: TenantContents) {}

  /** Before a tenant is deleted: what is in the way, and what goes with it. */
  @Get()
  @Requires('tenants:delete', 'tenant')
  @ApiOkResponse({ type: TenantAssociatesView })
  associatedResources(@CurrentTenant() tenant: TenantRef): Promise<TenantAssociates> {
    return this.contents.of(tenant);
  }
}
