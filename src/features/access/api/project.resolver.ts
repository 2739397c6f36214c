import type { OnModuleInit } from '@nestjs/common';
import { Args, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import type { TenantRef } from '../../../platform/access/access-port.js';
import { CurrentPrincipal, CurrentProject, CurrentTenant } from '../../../platform/access/current.js';
import { Authenticated, Requires } from '../../../platform/access/requires.js';
import { toGlobalId } from '../../../platform/graphql/global-id.js';
import { NodeLoaders } from '../../../platform/graphql/node-loader.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { CreateProject, DeleteProject, UpdateProject } from '../commands/project-commands.js';
import { NameArgs, ProjectArgs } from './connection-arguments.js';
import { AccessConnections } from './connections.js';
import { CreateProjectInput, DeleteProjectInput, UpdateProjectInput } from './inputs.js';
import { projectScope } from './members-door.js';
import { type ProjectNode, projectNode, type TenantNode, tenantNode } from './nodes.js';
import { AccessReading } from './reading.js';
import type { MemberView } from './views.js';

@Resolver('Project')
export class ProjectResolver implements OnModuleInit {
  constructor(
    private readonly reading: AccessReading,
    private readonly connections: AccessConnections,
    private readonly nodes: NodeLoaders,
  ) {}

  onModuleInit(): void {
    this.nodes.register('Project', async (id, principal) => {
      const project = (await this.reading.projects(principal)).find((candidate) => candidate.id === id);
      return project ? projectNode(project) : null;
    });
  }

  @Query('project')
  @Requires('projects:read')
  async project(@Args() { name }: NameArgs): Promise<ProjectNode> {
    return projectNode(await this.reading.project(name));
  }

  @Query('projects')
  @Requires('projects:read', 'any')
  async projects(
    @CurrentPrincipal() principal: Principal,
    @Args() args: ProjectArgs,
  ): Promise<Connection<ProjectNode>> {
    return this.connections.projects(await this.reading.projects(principal), null, args);
  }

  @ResolveField('id')
  @Authenticated()
  id(@Parent() { id }: ProjectNode): string {
    return toGlobalId('Project', id);
  }

  /** Who sees a project may know whose it is; what is in the tenant asks rights of its own. */
  @ResolveField('tenant')
  @Authenticated()
  async tenant(@Parent() { tenant }: ProjectNode): Promise<TenantNode> {
    return tenantNode(await this.reading.tenant(tenant));
  }

  @ResolveField('members')
  @Requires('members:read')
  async members(
    @CurrentProject() project: ProjectRef,
    @Args() args: ConnectionArgs,
  ): Promise<Connection<MemberView>> {
    const scope = projectScope(project);
    return this.connections.members(await this.reading.members(scope), scope, args);
  }
}

/** GraphQL has no If-Match. */
const anyVersion = () => {};

@Resolver()
export class ProjectMutations {
  constructor(
    private readonly creating: CreateProject,
    private readonly updating: UpdateProject,
    private readonly deleting: DeleteProject,
  ) {}

  @Mutation('createProject')
  @Requires('projects:create', 'tenant')
  async createProject(
    @CurrentPrincipal() principal: Principal,
    @CurrentTenant() tenant: TenantRef,
    @Args('input') input: CreateProjectInput,
  ): Promise<object> {
    return { project: projectNode(await this.creating.execute(principal, tenant, input)) };
  }

  @Mutation('updateProject')
  @Requires('projects:update')
  async updateProject(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') input: UpdateProjectInput,
  ): Promise<object> {
    return { project: projectNode(await this.updating.execute(principal, project, input, anyVersion)) };
  }

  @Mutation('deleteProject')
  @Requires('projects:delete')
  async deleteProject(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') _input: DeleteProjectInput,
  ): Promise<object> {
    const { project: deleted, deletes } = await this.deleting.execute(principal, project, anyVersion);
    return { project: projectNode(deleted), deletes };
  }
}
