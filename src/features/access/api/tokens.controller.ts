import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { Principal } from '../../../kernel/principal.js';
import type { TenantRef } from '../../../platform/access/access-port.js';
import { CurrentPrincipal, CurrentTenant } from '../../../platform/access/current.js';
import { Authenticated, Requires } from '../../../platform/access/requires.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import { Pager } from '../../../platform/paging/pager.js';
import { CreateServiceAccountToken, CreateToken, RevokeToken } from '../commands/token-commands.js';
import type { Account } from '../data/account.js';
import type { TokenRow } from '../data/token-rows.js';
import { unseen } from '../domain/access-failures.js';
import { CreateTokenBody } from './bodies.js';
import { TokenPage } from './page-views.js';
import { AccessReading, ownsToken } from './reading.js';
import { MintedTokenView, mintedTokenView, type TokenView, tokenView } from './views.js';

/** The caller's own tokens. Secrets are shown once, when they are made. */
@ApiTags('Tokens')
@ApiBearerAuth()
@Controller('api/v1/tokens')
export class TokensController {
  constructor(
    private readonly reading: AccessReading,
    private readonly pager: Pager,
    private readonly creating: CreateToken,
    private readonly revoking: RevokeToken,
  ) {}

  @Get()
  @Authenticated()
  @ApiOkResponse({ type: TokenPage })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: PageQuery): Promise<Page<TokenView>> {
    return pageOfTokens(this.pager, await this.reading.ownTokens(principal), principal, query);
  }

  @Post()
  @Requires('tokens:create', 'any')
  @ApiCreatedResponse({ type: MintedTokenView })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: CreateTokenBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MintedTokenView> {
    const minted = await this.creating.execute(principal, body);
    return answerMinted(reply, mintedTokenView(minted), '/api/v1/tokens');
  }

  @Delete(':id')
  @HttpCode(204)
  @Authenticated()
  async revoke(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    if (!ownsToken(principal, id)) throw unseen('token', id);
    await this.revoking.execute(principal, principal, id);
  }
}

@ApiTags('Service accounts')
@ApiBearerAuth()
@Controller('api/v1/tenants/:tenant/service-accounts/:serviceAccount/tokens')
export class ServiceAccountTokensController {
  constructor(
    private readonly reading: AccessReading,
    private readonly pager: Pager,
    private readonly creating: CreateServiceAccountToken,
    private readonly revoking: RevokeToken,
  ) {}

  @Get()
  @Requires('service-accounts:read', 'tenant')
  @ApiOkResponse({ type: TokenPage })
  async list(
    @CurrentTenant() tenant: TenantRef,
    @Param('serviceAccount') name: string,
    @Query() query: PageQuery,
  ): Promise<Page<TokenView>> {
    const account = await this.account(tenant, name);
    return pageOfTokens(this.pager, await this.reading.tokens(account), account, query);
  }

  @Post()
  @Requires('service-accounts:manage', 'tenant')
  @ApiCreatedResponse({ type: MintedTokenView })
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Param('serviceAccount') name: string,
    @Body() body: CreateTokenBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MintedTokenView> {
    const minted = await this.creating.execute(principal, await this.account(tenant, name), body);
    const list = `/api/v1/tenants/${tenant.name}/service-accounts/${name}/tokens`;
    return answerMinted(reply, mintedTokenView(minted), list);
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('service-accounts:manage', 'tenant')
  async revoke(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Param('serviceAccount') name: string,
    @Param('id') id: string,
  ): Promise<void> {
    await this.revoking.execute(principal, await this.account(tenant, name), id);
  }

  private async account(
    tenant: TenantRef,
    name: string,
  ): Promise<Account & { name: string; tenantId: string }> {
    const { id } = await this.reading.serviceAccount(tenant, name);
    return { type: 'service-account', id, name, tenantId: tenant.id };
  }
}

/** A secret is in the body: nothing on the way may keep it. */
function answerMinted(reply: FastifyReply, view: MintedTokenView, list: string): MintedTokenView {
  reply.header('location', `${list}/${view.id}`).header('cache-control', 'no-store');
  return view;
}

function pageOfTokens(pager: Pager, rows: TokenRow[], owner: Account, query: PageQuery): Page<TokenView> {
  const page = pager.page(rows, {
    ...query,
    order: 'id',
    filter: ['tokens', owner.id],
    keyOf: ({ id }) => [id],
  });
  return { ...page, items: page.items.map(tokenView) };
}
