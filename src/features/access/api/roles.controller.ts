import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { Principal } from '../../../kernel/principal.js';
import { CurrentPrincipal } from '../../../platform/access/current.js';
import { Authenticated, Requires } from '../../../platform/access/requires.js';
import { assertIfMatch, withEtag } from '../../../platform/http/etag.js';
import { Pager } from '../../../platform/paging/pager.js';
import { CreateRole, DeleteRole, roleVersion, UpdateRole } from '../commands/role-commands.js';
import { CreateRoleBody, UpdateRoleBody } from './bodies.js';
import { RolePage } from './page-views.js';
import { namedLike, SearchQuery } from './queries.js';
import { AccessReading } from './reading.js';
import { RoleView, roleView } from './views.js';

/** Built-in roles, those of the platform, and those of the tenants that the caller sees. */
@ApiTags('Roles')
@ApiBearerAuth()
@Controller('api/v1/roles')
export class RolesController {
  constructor(
    private readonly reading: AccessReading,
    private readonly pager: Pager,
    private readonly creating: CreateRole,
    private readonly updating: UpdateRole,
    private readonly deleting: DeleteRole,
  ) {}

  @Get()
  @Authenticated()
  @ApiOkResponse({ type: RolePage })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: SearchQuery): Promise<Page<RoleView>> {
    const rows = (await this.reading.roles(principal)).filter(namedLike(query.q));
    const page = this.pager.page(rows, {
      ...query,
      order: 'name',
      filter: ['roles', query.q ?? null],
      keyOf: ({ name }) => [name],
    });
    return { ...page, items: page.items.map(roleView) };
  }

  @Post()
  @Requires('roles:manage', 'any')
  @ApiCreatedResponse({ type: RoleView })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: CreateRoleBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RoleView> {
    const role = await this.creating.execute(principal, body);
    reply.header('location', `/api/v1/roles/${role.name}`);
    return withEtag(roleView(role), roleVersion(role));
  }

  @Get(':role')
  @Authenticated()
  @ApiOkResponse({ type: RoleView })
  async get(@CurrentPrincipal() principal: Principal, @Param('role') name: string): Promise<RoleView> {
    const role = await this.reading.role(principal, name);
    return withEtag(roleView(role), roleVersion(role));
  }

  @Patch(':role')
  @Requires('roles:manage', 'any')
  @ApiOkResponse({ type: RoleView })
  async update(
    @CurrentPrincipal() principal: Principal,
    @Param('role') name: string,
    @Body() body: UpdateRoleBody,
    @Req() request: FastifyRequest,
  ): Promise<RoleView> {
    const role = await this.updating.execute(principal, name, body, (version) =>
      assertIfMatch(request, version),
    );
    return withEtag(roleView(role), roleVersion(role));
  }

  @Delete(':role')
  @HttpCode(204)
  @Requires('roles:manage', 'any')
  async delete(
    @CurrentPrincipal() principal: Principal,
    @Param('role') name: string,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    await this.deleting.execute(principal, name, (version) => assertIfMatch(request, version));
  }
}
