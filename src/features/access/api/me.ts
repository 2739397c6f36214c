import { Injectable } from '@nestjs/common';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { Permission } from '../../../kernel/permission.js';
import type { Principal, RoleBinding } from '../../../kernel/principal.js';
import { AccessAuthority } from '../access-authority.js';
import { AccessDirectory, type ProjectRecord } from '../data/access-directory.js';
import type { Grants } from '../domain/grants.js';
import { AccountView } from './views.js';

/** More than this many projects are not spelled out one by one. */
const MOST_PROJECTS = 500;

@ApiSchema({ name: 'MyBinding' })
export class MyBindingView {
  @ApiProperty() role!: string;
  @ApiProperty({ enum: ['platform', 'tenant', 'project'] }) scope!: string;
  @ApiProperty({ type: String, nullable: true }) tenant!: string | null;
  @ApiProperty({ type: String, nullable: true }) project!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) expiresAt!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The group that has the role.' }) group!:
    | string
    | null;
}

@ApiSchema({ name: 'MyPermissions' })
export class MyPermissionsView {
  @ApiProperty({ type: [String] }) platform!: Permission[];
  @ApiProperty({
    type: Object,
    additionalProperties: { type: 'array', items: { type: 'string' } },
    description: `By name of the project; the first ${MOST_PROJECTS} of them.`,
  })
  projects!: Record<string, Permission[]>;
}

@ApiSchema({ name: 'MyToken' })
export class MyTokenView {
  @ApiProperty() id!: string;
  @ApiProperty({ type: [String], nullable: true }) scopes!: Permission[] | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) expiresAt!: string | null;
}

@ApiSchema({ name: 'Me' })
export class MeView {
  @ApiProperty({ type: AccountView }) principal!: AccountView;
  @ApiProperty({ type: MyTokenView, nullable: true }) token!: MyTokenView | null;
  @ApiProperty({ type: [MyBindingView] }) bindings!: MyBindingView[];
  @ApiProperty({ type: MyPermissionsView }) permissions!: MyPermissionsView;
}

/** What the caller is told about itself: what counts is what its token leaves of its rights. */
@Injectable()
export class Me {
  /** Grants live as long as the rights that they were worked out from, and a list of projects as long as it holds. */
  private readonly views = new WeakMap<Grants, { projects: readonly ProjectRecord[]; view: MeView }>();

  constructor(
    private readonly authority: AccessAuthority,
    private readonly directory: AccessDirectory,
  ) {}

  async of(principal: Principal): Promise<MeView> {
    await this.directory.ensureLoaded();
    const grants = this.authority.grants(principal);
    const projects = this.directory.reachedBy(grants, null);
    const known = this.views.get(grants);
    if (known?.projects === projects) return known.view;
    const view = this.view(principal, grants, projects);
    this.views.set(grants, { projects, view });
    return view;
  }

  private view(principal: Principal, grants: Grants, projects: readonly ProjectRecord[]): MeView {
    return {
      principal: { type: principal.type, id: principal.id, name: principal.name },
      token: principal.tokenId
        ? {
            id: principal.tokenId,
            scopes: principal.scopes ? [...principal.scopes].sort() : null,
            expiresAt: principal.expiresAt?.toISOString() ?? null,
          }
        : null,
      bindings: principal.bindings.map((binding) => this.binding(binding)),
      permissions: {
        platform: [...grants.platform].sort(),
        projects: Object.fromEntries(
          projects
            .slice(0, MOST_PROJECTS)
            .map((project) => [project.name, [...grants.ofProject(project)].sort()]),
        ),
      },
    };
  }

  private binding({ role, scope, expiresAt, group }: RoleBinding): MyBindingView {
    const tenantId = scope.level === 'platform' ? null : scope.tenantId;
    return {
      role,
      scope: scope.level,
      tenant: tenantId ? (this.directory.tenantById(tenantId)?.name ?? null) : null,
      project: scope.level === 'project' ? scope.project : null,
      expiresAt: expiresAt?.toISOString() ?? null,
      group: group ?? null,
    };
  }
}
