import { type Kysely, sql } from 'kysely';
import { isPermission, type Permission } from '../../../kernel/permission.js';
import type { RoleBinding, Scope } from '../../../kernel/principal.js';
import { builtInPermissions } from '../domain/roles.js';
import type { AccessTables } from './access-tables.js';
import { type Account, accountColumn } from './account.js';

/** What was given to an account itself, and to the groups that it is counted to at the moment. */
export async function heldBindings(
  tables: Kysely<AccessTables>,
  account: Account,
  groups: readonly string[],
): Promise<readonly RoleBinding[]> {
  const rows = await tables
    .selectFrom('role_binding')
    .innerJoin('role', 'role.name', 'role_binding.role')
    .leftJoin('project', 'project.id', 'role_binding.project_id')
    .leftJoin('tenant', (join) =>
      join.on((eb) => eb('tenant.id', '=', eb.fn.coalesce('role_binding.tenant_id', 'project.tenant_id'))),
    )
    .select([
      'role_binding.role',
      'role_binding.group_name',
      'role_binding.expires_at',
      'role.permissions',
      'role_binding.project_id',
      'project.name as project',
      'tenant.id as tenant_id',
      'tenant.name as tenant',
    ])
    .where((eb) => {
      const own = eb(`role_binding.${accountColumn(account)}`, '=', account.id);
      if (groups.length === 0) return own;
      return eb.or([own, eb('role_binding.group_name', '=', sql<string>`any(${[...groups]}::text[])`)]);
    })
    .orderBy('role_binding.id')
    .execute();
  return rows.map((row) => ({
    role: row.role,
    permissions: builtInPermissions(row.role) ?? permissionSet(row.permissions),
    scope: scopeOf(row),
    expiresAt: row.expires_at,
    ...(row.group_name === null ? {} : { group: row.group_name }),
  }));
}

function scopeOf(row: {
  project_id: string | null;
  project: string | null;
  tenant_id: string | null;
  tenant: string | null;
}): Scope {
  if (row.project_id && row.project && row.tenant_id) {
    return { level: 'project', tenantId: row.tenant_id, projectId: row.project_id, project: row.project };
  }
  if (row.tenant_id && row.tenant) return { level: 'tenant', tenantId: row.tenant_id, tenant: row.tenant };
  return { level: 'platform' };
}

/** What a release no longer knows gives no right. */
function permissionSet(names: readonly string[]): ReadonlySet<Permission> {
  return new Set(names.filter(isPermission));
}
