import { sql } from 'kysely';
import type { ProjectRef } from '../../../kernel/principal.js';
import type { Tx } from '../../../platform/database/database.js';
import type { Entry } from '../domain/entry.js';
import { COLUMNS, toColumns } from './amount-columns.js';
import type { QuotaTables } from './quota-tables.js';

/**
 * Until the transaction ends, nobody else reserves in this tenant: what was found to be free stays free. A tenant's
 * limit is over all of its projects, so the lock is the tenant's.
 */
export async function lockTenantQuota(tx: Tx, tenantId: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`quota/${tenantId}`}, 0))`.execute(
    tx.tables<QuotaTables>(),
  );
}

export async function insertReservations(
  tx: Tx,
  operation: { id: string; project: Pick<ProjectRef, 'id' | 'tenantId'> },
  entries: readonly Entry[],
): Promise<void> {
  if (entries.length === 0) return;
  await tx
    .tables<QuotaTables>()
    .insertInto('quota_reservation')
    .values(
      entries.map(({ type, name, storageClass, amounts }) => ({
        operation_id: operation.id,
        type,
        name,
        storage_class: storageClass,
        project_id: operation.project.id,
        tenant_id: operation.project.tenantId,
        ...toColumns(amounts),
      })),
    )
    .execute();
}

/** What superseded operations may still have made is the successor's to account for. */
export async function inheritReservations(
  tx: Tx,
  operationId: string,
  superseded: readonly string[],
): Promise<void> {
  const columns = sql.raw(COLUMNS.join(', '));
  const greatest = sql.raw(
    COLUMNS.map((column) => `${column} = greatest(quota_reservation.${column}, excluded.${column})`).join(
      ', ',
    ),
  );
  const maxima = sql.raw(COLUMNS.map((column) => `max(${column})`).join(', '));
  await sql`
    WITH taken AS (DELETE FROM quota_reservation WHERE operation_id = any(${superseded}::text[]) RETURNING *)
    INSERT INTO quota_reservation (operation_id, type, name, storage_class, project_id, tenant_id, ${columns})
      SELECT ${operationId}, type, name, storage_class, project_id, tenant_id, ${maxima} FROM taken
        GROUP BY type, name, storage_class, project_id, tenant_id
      ON CONFLICT (operation_id, type, name, storage_class) DO UPDATE SET ${greatest}`.execute(
    tx.tables<QuotaTables>(),
  );
}

export async function deleteReservations(tx: Tx, operationId: string): Promise<void> {
  await tx
    .tables<QuotaTables>()
    .deleteFrom('quota_reservation')
    .where('operation_id', '=', operationId)
    .execute();
}
