import type { Kysely, Selectable } from 'kysely';
import { isPermission, type Permission } from '../../../kernel/permission.js';
import type { Tx } from '../../../platform/database/database.js';
import { builtInPermissions } from '../domain/roles.js';
import type { AccessTables, RoleTable } from './access-tables.js';

export interface Role {
  name: string;
  description: string;
  builtIn: boolean;
  /** Null: a role of the platform, for any scope. */
  tenantId: string | null;
  permissions: readonly Permission[];
  version: number;
  createdAt: Date;
}

const toRole = (row: Selectable<RoleTable>): Role => ({
  name: row.name,
  description: row.description,
  builtIn: row.built_in,
  tenantId: row.tenant_id,
  permissions: [...(builtInPermissions(row.name) ?? row.permissions.filter(isPermission))].sort(),
  version: row.version,
  createdAt: row.created_at,
});

export async function roles(tables: Kysely<AccessTables>): Promise<Role[]> {
  return (await tables.selectFrom('role').selectAll().execute()).map(toRole);
}

export async function findRole(tables: Kysely<AccessTables>, name: string): Promise<Role | undefined> {
  const row = await tables.selectFrom('role').selectAll().where('name', '=', name).executeTakeFirst();
  return row && toRole(row);
}

/**
 * Locked until the transaction ends. Who gives the role waits for who edits it (`share`), so that nobody gives what was
 * added a moment later.
 */
export async function lockRole(tx: Tx, name: string, mode: 'share' | 'update'): Promise<Role | undefined> {
  const query = tx.tables<AccessTables>().selectFrom('role').selectAll().where('name', '=', name);
  const row = await (mode === 'share' ? query.forShare() : query.forUpdate()).executeTakeFirst();
  return row && toRole(row);
}

/** Undefined where the name is taken. */
export async function insertRole(
  tx: Tx,
  role: Pick<Role, 'name' | 'description' | 'tenantId' | 'permissions'>,
): Promise<Role | undefined> {
  const row = await tx
    .tables<AccessTables>()
    .insertInto('role')
    .values({
      name: role.name,
      description: role.description,
      built_in: false,
      tenant_id: role.tenantId,
      permissions: [...role.permissions],
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returningAll()
    .executeTakeFirst();
  return row && toRole(row);
}

export async function updateRole(
  tx: Tx,
  name: string,
  change: { description?: string; permissions?: readonly Permission[] },
): Promise<Role> {
  const row = await tx
    .tables<AccessTables>()
    .updateTable('role')
    .set((eb) => ({
      ...(change.description === undefined ? {} : { description: change.description }),
      ...(change.permissions === undefined ? {} : { permissions: [...change.permissions] }),
      version: eb('version', '+', 1),
      updated_at: new Date(),
    }))
    .where('name', '=', name)
    .returningAll()
    .executeTakeFirstOrThrow();
  return toRole(row);
}

export async function countBindingsOf(tx: Tx, role: string): Promise<number> {
  const { count } = await tx
    .tables<AccessTables>()
    .selectFrom('role_binding')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('role', '=', role)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function deleteRole(tx: Tx, name: string): Promise<void> {
  await tx.tables<AccessTables>().deleteFrom('role').where('name', '=', name).execute();
}
