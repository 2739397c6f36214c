import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import type { TenantRef } from '../../../platform/access/access-port.js';
import { CurrentPrincipal, CurrentProject, CurrentTenant } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { assertIfMatch, withEtag } from '../../../platform/http/etag.js';
import { Pager } from '../../../platform/paging/pager.js';
import { CreateProject, DeleteProject, projectVersion, UpdateProject } from '../commands/project-commands.js';
import { CreateProjectBody, UpdateProjectBody } from './bodies.js';
import { ProjectPage } from './page-views.js';
import { ProjectsQuery, projectMatcher } from './queries.js';
import { AccessReading } from './reading.js';
import { DeletedProjectView, ProjectView, projectView } from './views.js';

@ApiTags('Tenancy')
@ApiBearerAuth()
@Controller('api/v1')
export class ProjectsController {
  constructor(
    private readonly reading: AccessReading,
    private readonly pager: Pager,
    private readonly creating: CreateProject,
    private readonly updating: UpdateProject,
    private readonly deleting: DeleteProject,
  ) {}

  /** All that the caller can see. */
  @Get('projects')
  @Requires('projects:read', 'any')
  @ApiOkResponse({ type: ProjectPage })
  list(@CurrentPrincipal() principal: Principal, @Query() query: ProjectsQuery): Promise<Page<ProjectView>> {
    return this.page(principal, query, null);
  }

  @Get('tenants/:tenant/projects')
  @Requires('projects:read', 'tenant')
  @ApiOkResponse({ type: ProjectPage })
  listOfTenant(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Query() query: ProjectsQuery,
  ): Promise<Page<ProjectView>> {
    return this.page(principal, query, tenant);
  }

  @Post('tenants/:tenant/projects')
  @Requires('projects:create', 'tenant')
  @ApiCreatedResponse({ type: ProjectView })
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Body() body: CreateProjectBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProjectView> {
    const project = await this.creating.execute(principal, tenant, body);
    reply.header('location', `/api/v1/projects/${project.name}`);
    return withEtag(projectView(project), projectVersion(project));
  }

  @Get('projects/:project')
  @Requires('projects:read')
  @ApiOkResponse({ type: ProjectView })
  async get(@Param('project') name: string): Promise<ProjectView> {
    const project = await this.reading.project(name);
    return withEtag(projectView(project), projectVersion(project));
  }

  @Patch('projects/:project')
  @Requires('projects:update')
  @ApiOkResponse({ type: ProjectView })
  async update(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Body() body: UpdateProjectBody,
    @Req() request: FastifyRequest,
  ): Promise<ProjectView> {
    const updated = await this.updating.execute(principal, project, body, (version) =>
      assertIfMatch(request, version),
    );
    return withEtag(projectView(updated), projectVersion(updated));
  }

  /** The project is shown as Deleting until its namespace is gone, and then no more. `deletes` is what goes with it. */
  @Delete('projects/:project')
  @HttpCode(202)
  @Requires('projects:delete')
  @ApiAcceptedResponse({ type: DeletedProjectView })
  async delete(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeletedProjectView> {
    const { project: deleted, deletes } = await this.deleting.execute(principal, project, (version) =>
      assertIfMatch(request, version),
    );
    reply.header('location', `/api/v1/projects/${project.name}`);
    return { ...projectView(deleted), deletes };
  }

  private async page(
    principal: Principal,
    query: ProjectsQuery,
    tenant: TenantRef | null,
  ): Promise<Page<ProjectView>> {
    const rows = (await this.reading.projects(principal))
      .filter(({ tenantId }) => tenant === null || tenantId === tenant.id)
      .filter(projectMatcher(query));
    const page = this.pager.page(rows, {
      ...query,
      order: 'name',
      filter: ['projects', tenant?.id ?? null, query.q ?? null, query.state ?? null, query.label ?? []],
      keyOf: ({ name }) => [name],
    });
    return { ...page, items: page.items.map(projectView) };
  }
}
