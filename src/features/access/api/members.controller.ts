import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import type { TenantRef } from '../../../platform/access/access-port.js';
import { CurrentPrincipal, CurrentProject, CurrentTenant } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import { AddMemberBody, ChangeMemberBody } from './bodies.js';
import { MembersDoor, projectScope, tenantScope } from './members-door.js';
import { MemberPage } from './page-views.js';
import { MemberView } from './views.js';

/** Who has which role in a project. Bindings of its tenant hold in it too and are listed at the tenant. */
@ApiTags('Members')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/members')
export class ProjectMembersController {
  constructor(private readonly door: MembersDoor) {}

  @Get()
  @Requires('members:read')
  @ApiOkResponse({ type: MemberPage })
  list(@CurrentProject() project: ProjectRef, @Query() query: PageQuery): Promise<Page<MemberView>> {
    return this.door.list(projectScope(project), query);
  }

  @Post()
  @Requires('members:manage')
  @ApiCreatedResponse({ type: MemberView })
  add(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Body() body: AddMemberBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MemberView> {
    return this.door.add(principal, projectScope(project), body, { request, reply });
  }

  @Get(':member')
  @Requires('members:read')
  @ApiOkResponse({ type: MemberView })
  get(@CurrentProject() project: ProjectRef, @Param('member') id: string): Promise<MemberView> {
    return this.door.get(projectScope(project), id);
  }

  @Put(':member')
  @Requires('members:manage')
  @ApiOkResponse({ type: MemberView })
  change(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('member') id: string,
    @Body() body: ChangeMemberBody,
    @Req() request: FastifyRequest,
  ): Promise<MemberView> {
    return this.door.change(principal, projectScope(project), id, body, request);
  }

  @Delete(':member')
  @HttpCode(204)
  @Requires('members:manage')
  remove(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('member') id: string,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    return this.door.remove(principal, projectScope(project), id, request);
  }
}

/** Who has which role in all of a tenant's projects. */
@ApiTags('Members')
@ApiBearerAuth()
@Controller('api/v1/tenants/:tenant/members')
export class TenantMembersController {
  constructor(private readonly door: MembersDoor) {}

  @Get()
  @Requires('members:read', 'tenant')
  @ApiOkResponse({ type: MemberPage })
  list(@CurrentTenant() tenant: TenantRef, @Query() query: PageQuery): Promise<Page<MemberView>> {
    return this.door.list(tenantScope(tenant), query);
  }

  @Post()
  @Requires('members:manage', 'tenant')
  @ApiCreatedResponse({ type: MemberView })
  add(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Body() body: AddMemberBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MemberView> {
    return this.door.add(principal, tenantScope(tenant), body, { request, reply });
  }

  @Get(':member')
  @Requires('members:read', 'tenant')
  @ApiOkResponse({ type: MemberView })
  get(@CurrentTenant() tenant: TenantRef, @Param('member') id: string): Promise<MemberView> {
    return this.door.get(tenantScope(tenant), id);
  }

  @Put(':member')
  @Requires('members:manage', 'tenant')
  @ApiOkResponse({ type: MemberView })
  change(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Param('member') id: string,
    @Body() body: ChangeMemberBody,
    @Req() request: FastifyRequest,
  ): Promise<MemberView> {
    return this.door.change(principal, tenantScope(tenant), id, body, request);
  }

  @Delete(':member')
  @HttpCode(204)
  @Requires('members:manage', 'tenant')
  remove(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Param('member') id: string,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    return this.door.remove(principal, tenantScope(tenant), id, request);
  }
}
