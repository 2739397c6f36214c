import { Body, Controller, Get, Put, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiExtraModels, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import type { TenantRef } from '../../../platform/access/access-port.js';
import { CurrentPrincipal, CurrentProject, CurrentTenant } from '../../../platform/access/current.js';
import { Requires, RequiresAbove } from '../../../platform/access/requires.js';
import { assertIfMatch, withEtag } from '../../../platform/http/etag.js';
import { QuotaReading } from '../commands/quota-reading.js';
import { quotaVersion, SetQuota } from '../commands/set-quota.js';
import { PutProjectQuotaBody, PutQuotaDefaultsBody, PutTenantQuotaBody } from './quota-bodies.js';
import { defaultsView, QuotaDefaultsDto, QuotaDto, ResourceStandingDto } from './quota-views.js';

@ApiTags('Quotas')
@ApiBearerAuth()
@ApiExtraModels(ResourceStandingDto)
@Controller('api/v1')
export class QuotasController {
  constructor(
    private readonly reading: QuotaReading,
    private readonly setting: SetQuota,
  ) {}

  @Get('projects/:project/quota')
  @Requires('quotas:read')
  @ApiOkResponse({ type: QuotaDto })
  async project(@CurrentProject() project: ProjectRef): Promise<QuotaDto> {
    return tagged(await this.reading.project(project));
  }

  /** Replaces the project's limits. Needs `quotas:manage` in the tenant. */
  @Put('projects/:project/quota')
  @RequiresAbove('quotas:manage', 'project')
  @ApiOkResponse({ type: QuotaDto })
  async setProject(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Body() body: PutProjectQuotaBody,
    @Req() request: FastifyRequest,
  ): Promise<QuotaDto> {
    const expect = (version: string) => assertIfMatch(request, version);
    return tagged(await this.setting.project(principal, project, body, expect));
  }

  @Get('tenants/:tenant/quota')
  @Requires('quotas:read', 'tenant')
  @ApiOkResponse({ type: QuotaDto })
  async tenant(@CurrentTenant() tenant: TenantRef): Promise<QuotaDto> {
    return tagged(await this.reading.tenant(tenant));
  }

  /** Replaces the tenant's limits. Needs `quotas:manage` on the platform. */
  @Put('tenants/:tenant/quota')
  @RequiresAbove('quotas:manage', 'tenant')
  @ApiOkResponse({ type: QuotaDto })
  async setTenant(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Body() body: PutTenantQuotaBody,
    @Req() request: FastifyRequest,
  ): Promise<QuotaDto> {
    const expect = (version: string) => assertIfMatch(request, version);
    return tagged(await this.setting.tenant(principal, tenant, body, expect));
  }

  /** For tenants and projects that set nothing themselves. */
  @Get('quota-defaults')
  @Requires('quotas:read', 'platform')
  @ApiOkResponse({ type: QuotaDefaultsDto })
  async defaults(): Promise<QuotaDefaultsDto> {
    return tagged(defaultsView(await this.reading.platform()));
  }

  @Put('quota-defaults')
  @Requires('quotas:manage', 'platform')
  @ApiOkResponse({ type: QuotaDefaultsDto })
  async setDefaults(
    @CurrentPrincipal() principal: Principal,
    @Body() body: PutQuotaDefaultsBody,
    @Req() request: FastifyRequest,
  ): Promise<QuotaDefaultsDto> {
    assertIfMatch(request, quotaVersion(defaultsView(await this.reading.platform())));
    return tagged(defaultsView(await this.setting.platform(principal, body)));
  }
}

const tagged = <T extends object>(view: T): T => withEtag(view, quotaVersion(view));
