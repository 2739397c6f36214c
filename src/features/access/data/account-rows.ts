import { randomUUID } from 'node:crypto';
import type { Kysely, Selectable } from 'kysely';
import type { Tx } from '../../../platform/database/database.js';
import type { AccessTables, ServiceAccountTable } from './access-tables.js';

export type ServiceAccountRow = Selectable<ServiceAccountTable>;

/**
 * The account of a person by name, made on first mention: a right may be given before its holder signs in for the
 * first time.
 */
export async function ensureUser(tx: Tx, name: string): Promise<string> {
  const tables = tx.tables<AccessTables>();
  await tables
    .insertInto('user_account')
    .values({ id: randomUUID(), name })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const { id } = await tables
    .selectFrom('user_account')
    .select('id')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return id;
}

/** Undefined where the name is taken within the tenant. */
export function insertServiceAccount(
  tx: Tx,
  tenantId: string,
  name: string,
): Promise<ServiceAccountRow | undefined> {
  return tx
    .tables<AccessTables>()
    .insertInto('service_account')
    .values({ id: randomUUID(), tenant_id: tenantId, name })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'name']).doNothing())
    .returningAll()
    .executeTakeFirst();
}

export function findServiceAccount(
  tables: Kysely<AccessTables>,
  tenantId: string,
  name: string,
): Promise<ServiceAccountRow | undefined> {
  return tables
    .selectFrom('service_account')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('name', '=', name)
    .executeTakeFirst();
}

export function serviceAccountsOf(
  tables: Kysely<AccessTables>,
  tenantId: string,
): Promise<ServiceAccountRow[]> {
  return tables.selectFrom('service_account').selectAll().where('tenant_id', '=', tenantId).execute();
}

/** With its bindings and tokens. */
export async function deleteServiceAccount(tx: Tx, id: string): Promise<void> {
  await tx.tables<AccessTables>().deleteFrom('service_account').where('id', '=', id).execute();
}
