import { Module } from '@nestjs/common';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { AccessCoreModule } from './access-core.module.js';
import { AccessConnections } from './api/connections.js';
import { MeController } from './api/me.controller.js';
import { Me } from './api/me.js';
import { MeResolver } from './api/me.resolver.js';
import { MemberMutations } from './api/member.resolver.js';
import { ProjectMembersController, TenantMembersController } from './api/members.controller.js';
import { MembersDoor } from './api/members-door.js';
import { ProjectMutations, ProjectResolver } from './api/project.resolver.js';
import { ProjectsController } from './api/projects.controller.js';
import { AccessReading } from './api/reading.js';
import { RoleResolver } from './api/role.resolver.js';
import { RolesController } from './api/roles.controller.js';
import { ServiceAccountMutations, ServiceAccountResolver } from './api/service-account.resolver.js';
import { ServiceAccountsController } from './api/service-accounts.controller.js';
import { TenantResolver } from './api/tenant.resolver.js';
import { TenantContentsController } from './api/tenant-contents.controller.js';
import { TenantContentsResolver } from './api/tenant-contents.resolver.js';
import { TenantMutations } from './api/tenant-mutations.resolver.js';
import { TenantsController } from './api/tenants.controller.js';
import { ServiceAccountTokensController, TokensController } from './api/tokens.controller.js';
import { UsersController } from './api/users.controller.js';
import { UsersResolver } from './api/users.resolver.js';
import { UsersReading } from './api/users-reading.js';
import { Bootstrap } from './commands/bootstrap.js';
import { AddMember, ChangeMember, RemoveMember } from './commands/member-commands.js';
import { NamespaceAdoption } from './commands/namespace-adoption.js';
import { CreateProject, DeleteProject, UpdateProject } from './commands/project-commands.js';
import { RecordedChange } from './commands/recorded-change.js';
import { CreateRole, DeleteRole, UpdateRole } from './commands/role-commands.js';
import { CreateServiceAccount, DeleteServiceAccount } from './commands/service-account-commands.js';
import { CreateTenant, DeleteTenant, UpdateTenant } from './commands/tenant-commands.js';
import { CreateServiceAccountToken, CreateToken, RevokeToken } from './commands/token-commands.js';
import { BlockUser, UnblockUser } from './commands/user-commands.js';
import { ProjectContents } from './data/project-contents.js';
import { TenantContents } from './data/tenant-contents.js';

const resolvers = [
  MeResolver,
  TenantResolver,
  TenantMutations,
  TenantContentsResolver,
  ProjectResolver,
  ProjectMutations,
  MemberMutations,
  ServiceAccountResolver,
  ServiceAccountMutations,
  RoleResolver,
  UsersResolver,
];

const commands = [
  CreateTenant,
  UpdateTenant,
  DeleteTenant,
  CreateProject,
  UpdateProject,
  DeleteProject,
  AddMember,
  ChangeMember,
  RemoveMember,
  CreateServiceAccount,
  DeleteServiceAccount,
  CreateToken,
  CreateServiceAccountToken,
  RevokeToken,
  CreateRole,
  UpdateRole,
  DeleteRole,
  BlockUser,
  UnblockUser,
];

/** The gateway's doors. Needs Database, Outbox, ClusterCache, Pager and NodeLoaders from the platform module. */
@Module({
  imports: [AccessCoreModule, AuditModule],
  controllers: [
    MeController,
    RolesController,
    TokensController,
    TenantsController,
    TenantContentsController,
    UsersController,
    ProjectsController,
    TenantMembersController,
    ProjectMembersController,
    ServiceAccountsController,
    ServiceAccountTokensController,
  ],
  providers: [
    ...commands,
    ...resolvers,
    RecordedChange,
    NamespaceAdoption,
    UsersReading,
    ProjectContents,
    TenantContents,
    AccessReading,
    AccessConnections,
    MembersDoor,
    Me,
  ],
  exports: [AccessCoreModule],
})
export class AccessModule {}

/** For the one command that prepares an empty installation. Needs Database, Outbox and Clock from the platform module. */
@Module({ providers: [Bootstrap], exports: [Bootstrap] })
export class AccessBootstrapModule {}
