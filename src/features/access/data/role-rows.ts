import type { Kysely } from 'kysely';
import { isPermission, type Permission } from '../../../kernel/permission.js';
import { builtInPermissions } from '../domain/roles.js';
import type { AccessTables } from './access-tables.js';

export interface Role {
  name: string;
  description: string;
  builtIn: boolean;
  permissions: readonly Permission[];
}

export async function roles(tables: Kysely<AccessTables>): Promise<Role[]> {
  const rows = await tables.selectFrom('role').selectAll().execute();
  return rows.map((row) => ({
    name: row.name,
    description: row.description,
    builtIn: row.built_in,
    permissions: [...(builtInPermissions(row.name) ?? row.permissions.filter(isPermission))].sort(),
  }));
}

export async function findRole(tables: Kysely<AccessTables>, name: string): Promise<Role | undefined> {
  return (await roles(tables)).find((role) => role.name === name);
}
