import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { Principal } from '../../../kernel/principal.js';
import type { TenantRef } from '../../../platform/access/access-port.js';
import { CurrentPrincipal, CurrentTenant } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { assertIfMatch, withEtag } from '../../../platform/http/etag.js';
import { Pager } from '../../../platform/paging/pager.js';
import { CreateTenant, DeleteTenant, tenantVersion, UpdateTenant } from '../commands/tenant-commands.js';
import { CreateTenantBody, UpdateTenantBody } from './bodies.js';
import { TenantPage } from './page-views.js';
import { namedLike, SearchQuery } from './queries.js';
import { AccessReading } from './reading.js';
import { TenantView, tenantView } from './views.js';

@ApiTags('Tenancy')
@ApiBearerAuth()
@Controller('api/v1/tenants')
export class TenantsController {
  constructor(
    private readonly reading: AccessReading,
    private readonly pager: Pager,
    private readonly creating: CreateTenant,
    private readonly updating: UpdateTenant,
    private readonly deleting: DeleteTenant,
  ) {}

  @Get()
  @Requires('tenants:read', 'any')
  @ApiOkResponse({ type: TenantPage })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() query: SearchQuery,
  ): Promise<Page<TenantView>> {
    const rows = (await this.reading.tenants(principal)).filter(namedLike(query.q));
    const page = this.pager.page(rows, {
      ...query,
      order: 'name',
      filter: ['tenants', query.q ?? null],
      keyOf: ({ name }) => [name],
    });
    return { ...page, items: page.items.map(tenantView) };
  }

  @Post()
  @Requires('tenants:create', 'platform')
  @ApiCreatedResponse({ type: TenantView })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: CreateTenantBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TenantView> {
    const tenant = await this.creating.execute(principal, body);
    reply.header('location', `/api/v1/tenants/${tenant.name}`);
    return withEtag(tenantView(tenant), tenantVersion(tenant));
  }

  @Get(':tenant')
  @Requires('tenants:read', 'tenant')
  @ApiOkResponse({ type: TenantView })
  async get(@Param('tenant') name: string): Promise<TenantView> {
    const tenant = await this.reading.tenant(name);
    return withEtag(tenantView(tenant), tenantVersion(tenant));
  }

  @Patch(':tenant')
  @Requires('tenants:update', 'tenant')
  @ApiOkResponse({ type: TenantView })
  async update(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Body() body: UpdateTenantBody,
    @Req() request: FastifyRequest,
  ): Promise<TenantView> {
    const updated = await this.updating.execute(principal, tenant, body, (version) =>
      assertIfMatch(request, version),
    );
    return withEtag(tenantView(updated), tenantVersion(updated));
  }

  @Delete(':tenant')
  @HttpCode(204)
  @Requires('tenants:delete', 'tenant')
  async delete(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    await this.deleting.execute(principal, tenant, (version) => assertIfMatch(request, version));
  }
}
