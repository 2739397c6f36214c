import type { Selectable, Updateable } from 'kysely';
import type { Tx } from '../../../platform/database/database.js';
import type { AccessTables, ProjectTable, TenantTable } from './access-tables.js';

export type TenantRow = Selectable<TenantTable>;
export type ProjectRow = Selectable<ProjectTable>;

/** Undefined where the name is taken. */
export function insertTenant(
  tx: Tx,
  tenant: { id: string; name: string; display_name: string | null },
): Promise<TenantRow | undefined> {
  return tx
    .tables<AccessTables>()
    .insertInto('tenant')
    .values(tenant)
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** Locked until the transaction ends, so that what was checked stays true. */
export function lockTenant(tx: Tx, id: string): Promise<TenantRow | undefined> {
  return tx
    .tables<AccessTables>()
    .selectFrom('tenant')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

export function updateTenant(tx: Tx, id: string, change: Updateable<TenantTable>): Promise<TenantRow> {
  return tx
    .tables<AccessTables>()
    .updateTable('tenant')
    .set((eb) => ({ ...change, version: eb('version', '+', 1), updated_at: new Date() }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function deleteTenant(tx: Tx, id: string): Promise<void> {
  await tx.tables<AccessTables>().deleteFrom('tenant').where('id', '=', id).execute();
}

/** Of all projects of a tenant, those on their way out too; sorted. */
export async function projectNames(tx: Tx, tenantId: string): Promise<string[]> {
  const rows = await tx
    .tables<AccessTables>()
    .selectFrom('project')
    .select('name')
    .where('tenant_id', '=', tenantId)
    .orderBy('name')
    .execute();
  return rows.map(({ name }) => name);
}

/** Undefined where the name is taken. */
export function insertProject(
  tx: Tx,
  project: {
    id: string;
    tenant_id: string;
    name: string;
    display_name: string | null;
    labels: Record<string, string>;
    namespace: string;
    adopts?: boolean;
  },
): Promise<ProjectRow | undefined> {
  return tx
    .tables<AccessTables>()
    .insertInto('project')
    .values({ ...project, labels: JSON.stringify(project.labels) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returningAll()
    .executeTakeFirst();
}

export async function projectWithNamespace(tx: Tx, namespace: string): Promise<{ name: string } | undefined> {
  return tx
    .tables<AccessTables>()
    .selectFrom('project')
    .select('name')
    .where('namespace', '=', namespace)
    .executeTakeFirst();
}

export function lockProject(tx: Tx, id: string): Promise<ProjectRow | undefined> {
  return tx
    .tables<AccessTables>()
    .selectFrom('project')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

export function updateProject(tx: Tx, id: string, change: Updateable<ProjectTable>): Promise<ProjectRow> {
  return tx
    .tables<AccessTables>()
    .updateTable('project')
    .set((eb) => ({ ...change, version: eb('version', '+', 1), updated_at: new Date() }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function deleteProject(tx: Tx, id: string): Promise<void> {
  await tx.tables<AccessTables>().deleteFrom('project').where('id', '=', id).execute();
}
