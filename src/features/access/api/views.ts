import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { currentContext } from '../../../platform/context/request-context.js';
import type { ServiceAccount } from '../commands/service-account-commands.js';
import type { ProjectRecord } from '../data/access-directory.js';
import type { Member } from '../data/binding-rows.js';
import type { Role } from '../data/role-rows.js';
import type { TenantEntry } from '../data/tenant-entry.js';
import type { MintedToken, TokenRow } from '../data/token-rows.js';
import { retentionText } from '../domain/retention.js';

/** What clients see. Times are RFC 3339. */
@ApiSchema({ name: 'Tenant' })
export class TenantView {
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ type: String, nullable: true }) displayName!: string | null;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @ApiProperty({ format: 'date-time' }) updatedAt!: string;
}

@ApiSchema({ name: 'ProjectTrash' })
export class ProjectTrashView {
  @ApiProperty({ example: '7d' }) retention!: string;
}

@ApiSchema({ name: 'Project' })
export class ProjectView {
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ type: String, nullable: true }) displayName!: string | null;
  @ApiProperty() tenant!: string;
  @ApiProperty({ type: Object, additionalProperties: { type: 'string' } }) labels!: Record<string, string>;
  @ApiProperty() namespace!: string;
  @ApiProperty({ type: ProjectTrashView, nullable: true, description: 'Null: what is deleted is gone.' })
  trash!: ProjectTrashView | null;
  @ApiProperty({ enum: ['Provisioning', 'Active', 'Deleting', 'Failed'] }) state!: string;
  @ApiProperty({ type: String, nullable: true }) stateReason!: string | null;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @ApiProperty({ format: 'date-time' }) updatedAt!: string;
}

/** How many of each kind go with a project that is deleted. */
@ApiSchema({ name: 'ProjectContents' })
export class ProjectContentsView {
  @ApiProperty({ type: 'integer' }) virtualMachines!: number;
  @ApiProperty({ type: 'integer' }) disks!: number;
  @ApiProperty({ type: 'integer' }) images!: number;
  @ApiProperty({ type: 'integer' }) snapshots!: number;
  @ApiProperty({ type: 'integer' }) exports!: number;
}

@ApiSchema({ name: 'DeletedProject' })
export class DeletedProjectView extends ProjectView {
  @ApiProperty({ type: ProjectContentsView }) deletes!: ProjectContentsView;
}

@ApiSchema({ name: 'Account' })
export class AccountView {
  @ApiProperty({ enum: ['user', 'service-account', 'group'] }) type!: string;
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
}

@ApiSchema({ name: 'Member' })
export class MemberView {
  @ApiProperty() id!: string;
  @ApiProperty({ type: AccountView }) account!: AccountView;
  @ApiProperty() role!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) expiresAt!: string | null;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
}

@ApiSchema({ name: 'ServiceAccountBinding' })
export class ServiceAccountBindingView {
  @ApiProperty() role!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Null: the whole tenant.' }) project!:
    | string
    | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) expiresAt!: string | null;
}

@ApiSchema({ name: 'ServiceAccount' })
export class ServiceAccountView {
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
  @ApiProperty() tenant!: string;
  @ApiProperty({ type: [ServiceAccountBindingView] }) bindings!: ServiceAccountBindingView[];
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
}

@ApiSchema({ name: 'Token' })
export class TokenView {
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ type: [String], nullable: true, description: "Null: all of its owner's rights." })
  scopes!: string[] | null;
  @ApiProperty() mayCreateTokens!: boolean;
  @ApiProperty({ type: 'integer', nullable: true }) requestsPerMinute!: number | null;
  @ApiProperty({ format: 'date-time' }) expiresAt!: string;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) lastUsedAt!: string | null;
}

@ApiSchema({ name: 'MintedToken' })
export class MintedTokenView extends TokenView {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'The secret; shown this once. Null on a dry run.',
  })
  token!: string | null;
}

@ApiSchema({ name: 'Role' })
export class RoleView {
  @ApiProperty() name!: string;
  @ApiProperty() description!: string;
  @ApiProperty() builtIn!: boolean;
  @ApiProperty({ description: 'Of one tenant, for its own use; otherwise of the platform.' })
  ofTenant!: boolean;
  @ApiProperty({ type: [String] }) permissions!: readonly string[];
}

export const roleView = ({ name, description, builtIn, tenantId, permissions }: Role): RoleView => ({
  name,
  description,
  builtIn,
  ofTenant: tenantId !== null,
  permissions,
});

export const tenantView = (tenant: TenantEntry): TenantView => ({
  id: tenant.id,
  name: tenant.name,
  displayName: tenant.displayName,
  createdAt: tenant.createdAt.toISOString(),
  updatedAt: tenant.updatedAt.toISOString(),
});

export const projectView = (project: ProjectRecord): ProjectView => ({
  id: project.id,
  name: project.name,
  displayName: project.displayName,
  tenant: project.tenant,
  labels: { ...project.labels },
  namespace: project.namespace,
  trash: project.trash && { retention: retentionText(project.trash.retentionSeconds) },
  state: project.state,
  stateReason: project.stateReason,
  createdAt: project.createdAt.toISOString(),
  updatedAt: project.updatedAt.toISOString(),
});

export const memberView = (member: Member): MemberView => ({
  id: member.id,
  account: { type: member.account.type, id: member.account.id, name: member.account.name },
  role: member.role,
  expiresAt: member.expiresAt?.toISOString() ?? null,
  createdAt: member.createdAt.toISOString(),
});

export const serviceAccountView = (account: ServiceAccount): ServiceAccountView => ({
  id: account.id,
  name: account.name,
  tenant: account.tenant,
  bindings: account.bindings.map(({ role, project, expiresAt }) => ({
    role,
    project,
    expiresAt: expiresAt?.toISOString() ?? null,
  })),
  createdAt: account.createdAt.toISOString(),
});

export const tokenView = (row: TokenRow): TokenView => ({
  id: row.id,
  name: row.name,
  scopes: row.scopes,
  mayCreateTokens: row.mints,
  requestsPerMinute: row.requests_per_minute,
  expiresAt: row.expires_at.toISOString(),
  createdAt: row.created_at.toISOString(),
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
});

/** On a dry run the token was never made, and its secret would be good for nothing. */
export const mintedTokenView = ({ secret, row }: MintedToken): MintedTokenView => ({
  ...tokenView(row),
  token: currentContext()?.dryRun ? null : secret,
});
