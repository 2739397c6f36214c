import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { Principal } from '../../../kernel/principal.js';
import type { TenantRef } from '../../../platform/access/access-port.js';
import { CurrentPrincipal, CurrentTenant } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { assertIfMatch, withEtag } from '../../../platform/http/etag.js';
import { Pager } from '../../../platform/paging/pager.js';
import {
  CreateServiceAccount,
  DeleteServiceAccount,
  serviceAccountVersion,
} from '../commands/service-account-commands.js';
import { CreateServiceAccountBody } from './bodies.js';
import { ServiceAccountPage } from './page-views.js';
import { namedLike, SearchQuery } from './queries.js';
import { AccessReading } from './reading.js';
import { ServiceAccountView, serviceAccountView } from './views.js';

@ApiTags('Service accounts')
@ApiBearerAuth()
@Controller('api/v1/tenants/:tenant/service-accounts')
export class ServiceAccountsController {
  constructor(
    private readonly reading: AccessReading,
    private readonly pager: Pager,
    private readonly creating: CreateServiceAccount,
    private readonly deleting: DeleteServiceAccount,
  ) {}

  @Get()
  @Requires('service-accounts:read', 'tenant')
  @ApiOkResponse({ type: ServiceAccountPage })
  async list(
    @CurrentTenant() tenant: TenantRef,
    @Query() query: SearchQuery,
  ): Promise<Page<ServiceAccountView>> {
    const rows = (await this.reading.serviceAccounts(tenant)).filter(namedLike(query.q));
    const page = this.pager.page(rows, {
      ...query,
      order: 'name',
      filter: ['service-accounts', tenant.id, query.q ?? null],
      keyOf: ({ name }) => [name],
    });
    return { ...page, items: page.items.map(serviceAccountView) };
  }

  @Post()
  @Requires('service-accounts:manage', 'tenant')
  @ApiCreatedResponse({ type: ServiceAccountView })
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Body() body: CreateServiceAccountBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ServiceAccountView> {
    const account = await this.creating.execute(principal, tenant, body);
    reply.header('location', `/api/v1/tenants/${tenant.name}/service-accounts/${account.name}`);
    return withEtag(serviceAccountView(account), serviceAccountVersion(account));
  }

  @Get(':serviceAccount')
  @Requires('service-accounts:read', 'tenant')
  @ApiOkResponse({ type: ServiceAccountView })
  async get(
    @CurrentTenant() tenant: TenantRef,
    @Param('serviceAccount') name: string,
  ): Promise<ServiceAccountView> {
    const account = await this.reading.serviceAccount(tenant, name);
    return withEtag(serviceAccountView(account), serviceAccountVersion(account));
  }

  @Delete(':serviceAccount')
  @HttpCode(204)
  @Requires('service-accounts:manage', 'tenant')
  async delete(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Param('serviceAccount') name: string,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    await this.deleting.execute(principal, tenant, name, (version) => assertIfMatch(request, version));
  }
}
