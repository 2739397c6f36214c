import { Injectable } from '@nestjs/common';
import { forbidden } from '../../../kernel/failures.js';
import type { Permission } from '../../../kernel/permission.js';
import type { Principal, Scope } from '../../../kernel/principal.js';
import type { Tx } from '../../../platform/database/database.js';
import { AccessAuthority } from '../access-authority.js';
import { AccessDirectory } from '../data/access-directory.js';
import {
  countBindingsOf,
  deleteRole,
  insertRole,
  lockRole,
  type Role,
  updateRole,
} from '../data/role-rows.js';
import { grantExceedsOwn, roleBuiltIn, roleExists, roleInUse, unseen } from '../domain/access-failures.js';
import type { Grants } from '../domain/grants.js';
import { roleName } from '../domain/names.js';
import { RecordedChange } from './recorded-change.js';
import type { Expectation } from './tenant-commands.js';

export interface RoleInput {
  name: string;
  tenant?: string | null;
  description?: string | null;
  permissions: readonly Permission[];
}

/** Where a role can be given, and so where its maker must hold all that is in it. */
type RoleScope = Exclude<Scope, { level: 'project' }>;

/** Makes roles of one's own, changes and deletes them: of the platform, or of a tenant for its own use. */
@Injectable()
export class CreateRole {
  constructor(
    private readonly change: RecordedChange,
    private readonly authority: AccessAuthority,
  ) {}

  /** Throws role.exists, access.grant_exceeds_own; resource.not_found for a tenant that the caller does not see. */
  async execute(principal: Principal, input: RoleInput): Promise<Role> {
    const tenant = input.tenant ? await this.authority.tenant(principal, input.tenant, 'roles:manage') : null;
    const scope: RoleScope = tenant
      ? { level: 'tenant', tenantId: tenant.id, tenant: tenant.name }
      : { level: 'platform' };
    if (!tenant) this.authority.platform(principal, 'roles:manage');
    refuseMore(this.authority.grants(principal), input.permissions, scope);
    const name = roleName(tenant, input.name);
    return this.change.run(principal, async (tx) => {
      const role = await insertRole(tx, {
        name,
        description: input.description ?? '',
        tenantId: tenant?.id ?? null,
        permissions: distinct(input.permissions),
      });
      if (!role) throw roleExists(`There is a role "${name}" already.`);
      return recorded(role, role, 'role.create', { permissions: { to: role.permissions } });
    });
  }
}

@Injectable()
export class UpdateRole {
  constructor(
    private readonly change: RecordedChange,
    private readonly authority: AccessAuthority,
    private readonly directory: AccessDirectory,
  ) {}

  /**
   * Who has the role has the new permissions at once, wherever it was given: so who adds one must hold it in all of
   * the role's scope. Throws role.built_in, access.grant_exceeds_own.
   */
  execute(
    principal: Principal,
    name: string,
    input: { description?: string | null; permissions?: readonly Permission[] | null },
    expect: Expectation,
  ): Promise<Role> {
    const grants = this.authority.grants(principal);
    return this.change.run(principal, async (tx) => {
      const role = await manageable(tx, name, grants, this.directory);
      expect(roleVersion(role));
      const permissions = input.permissions ? distinct(input.permissions) : undefined;
      const added = (permissions ?? []).filter((permission) => !role.permissions.includes(permission));
      refuseMore(grants, added, scopeOf(role, this.directory));
      const changed = await updateRole(tx, name, {
        ...(input.description === undefined ? {} : { description: input.description ?? '' }),
        ...(permissions === undefined ? {} : { permissions }),
      });
      return recorded(changed, changed, 'role.update', {
        permissions: { from: role.permissions, to: changed.permissions },
      });
    });
  }
}

@Injectable()
export class DeleteRole {
  constructor(
    private readonly change: RecordedChange,
    private readonly authority: AccessAuthority,
    private readonly directory: AccessDirectory,
  ) {}

  /** Throws role.built_in, role.in_use. */
  execute(principal: Principal, name: string, expect: Expectation): Promise<void> {
    const grants = this.authority.grants(principal);
    return this.change.run(principal, async (tx) => {
      const role = await manageable(tx, name, grants, this.directory);
      expect(roleVersion(role));
      const holders = await countBindingsOf(tx, name);
      if (holders > 0) {
        throw roleInUse(`The role "${name}" is given ${holders} times.`, { details: { bindings: holders } });
      }
      await deleteRole(tx, name);
      return recorded(undefined, role, 'role.delete', { permissions: { from: role.permissions } });
    });
  }
}

export const roleVersion = ({ name, version, createdAt }: Role): string =>
  `role/${name}/${createdAt.getTime()}/${version}`;

/** The role, locked, if the caller may see it and change it. */
async function manageable(tx: Tx, name: string, grants: Grants, directory: AccessDirectory): Promise<Role> {
  const role = await lockRole(tx, name, 'update');
  if (!role || (role.tenantId !== null && !grants.seesTenant(role.tenantId))) throw unseen('role', name);
  if (grants.lacking(['roles:manage'], scopeOf(role, directory)).length > 0) {
    const permission: Permission = 'roles:manage';
    throw forbidden(`The permission "${permission}" is missing for the role "${name}".`, {
      details: { permission },
    });
  }
  if (role.builtIn) throw roleBuiltIn(`The role "${name}" is built in.`);
  return role;
}

function scopeOf({ tenantId }: Role, directory: AccessDirectory): RoleScope {
  if (tenantId === null) return { level: 'platform' };
  return { level: 'tenant', tenantId, tenant: directory.tenantById(tenantId)?.name ?? '' };
}

function refuseMore(grants: Grants, permissions: readonly Permission[], scope: RoleScope): void {
  const missing = grants.lacking(permissions, scope);
  if (missing.length === 0) return;
  throw grantExceedsOwn(`You do not hold ${missing.join(', ')} in all of the ${scope.level}.`, {
    details: { missing },
  });
}

const distinct = (permissions: readonly Permission[]): Permission[] => [...new Set(permissions)].sort();

function recorded<T>(result: T, role: Role, action: string, changed: Record<string, unknown>) {
  return {
    result,
    action,
    target: { type: 'role', name: role.name },
    project: null,
    tenantId: role.tenantId,
    changed,
    signals: [`role/${role.name}`],
  };
}
