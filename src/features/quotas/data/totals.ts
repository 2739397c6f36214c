import { type Kysely, sql } from 'kysely';
import type { Entry } from '../domain/entry.js';
import { classMeter, RESOURCES, type Tally } from '../domain/meters.js';
import { COLUMNS, fromColumns, toColumns } from './amount-columns.js';
import type { AmountColumns, QuotaTables } from './quota-tables.js';

type Tables = Kysely<QuotaTables>;

export interface Sums {
  used: Tally;
  reserved: Tally;
  /** With what is wanted besides. */
  reservedAfter: Tally;
}

interface Row extends AmountColumns {
  part: 'used' | 'reserved' | 'after';
  own: boolean;
  storage_class: string;
}

const each = (make: (column: string) => string) => sql.raw(COLUMNS.map(make).join(', '));

/**
 * What a project and, where `tenantWide`, its whole tenant have. One statement, so one moment: an operation that
 * settles meanwhile is seen as reserved or as used, never as both or neither. An object counts as the greatest of what
 * the cluster has of it and what operations will make of it; `reserved` is what goes beyond the cluster.
 */
export async function readTotals(
  tables: Tables,
  { projectId, tenantId, tenantWide }: { projectId: string; tenantId: string; tenantWide: boolean },
  wanted: readonly Entry[] = [],
): Promise<{ project: Sums; tenant: Sums }> {
  const scope = tenantWide ? sql`tenant_id = ${tenantId}` : sql`project_id = ${projectId}`;
  const rows = JSON.stringify(
    wanted.map(({ type, name, storageClass, amounts }) => ({
      type,
      name,
      storage_class: storageClass,
      ...toColumns(amounts),
    })),
  );
  const columns = each((column) => column);
  const sums = each((column) => `sum(${column})::text AS ${column}`);
  const result = await sql<Row>`
    WITH wanted AS (
      SELECT * FROM jsonb_to_recordset(${rows}::jsonb)
        AS w (type text, name text, storage_class text, ${each((column) => `${column} bigint`)})
    ), claimed AS (
      SELECT after, project_id, type, name, storage_class, ${columns}
        FROM quota_reservation CROSS JOIN (VALUES (false), (true)) AS moment (after) WHERE ${scope}
      UNION ALL
      SELECT true, ${projectId}, type, name, storage_class, ${columns} FROM wanted
    ), held AS (
      SELECT after, project_id, type, name, max(storage_class) AS storage_class,
             ${each((column) => `max(${column}) AS ${column}`)}
        FROM claimed
        GROUP BY after, project_id, type, name, CASE WHEN type = 'disks-of' THEN storage_class END
    ), rest AS (
      SELECT held.after, held.project_id, held.storage_class,
             ${each((column) => `greatest(0, held.${column} - coalesce(seen.${column}, 0)) AS ${column}`)}
        FROM held CROSS JOIN LATERAL (
          SELECT ${each((column) => `sum(${column}) AS ${column}`)} FROM (
            SELECT ${columns} FROM quota_usage u
              WHERE u.project_id = held.project_id AND u.type = held.type AND u.name = held.name
            UNION ALL
            SELECT ${columns} FROM quota_usage u
              WHERE held.type = 'disks-of' AND u.project_id = held.project_id AND u.type = 'disk'
                AND u.holder = held.name AND u.storage_class = held.storage_class
          ) AS same
        ) AS seen
    )
    SELECT 'used' AS part, project_id = ${projectId} AS own, storage_class, ${sums}
      FROM quota_usage WHERE ${scope} GROUP BY 2, 3
    UNION ALL
    SELECT CASE WHEN after THEN 'after' ELSE 'reserved' END, project_id = ${projectId}, storage_class, ${sums}
      FROM rest GROUP BY 1, 2, 3`.execute(tables);
  return {
    project: summed(result.rows.filter(({ own }) => own)),
    tenant: summed(result.rows),
  };
}

/** The largest machine of a project, in the cluster or on its way: bytes of memory and vCPUs, each on its own. */
export async function readLargest(
  tables: Tables,
  projectId: string,
): Promise<{ memory: bigint; vcpus: bigint }> {
  const { rows } = await sql<{ memory: string; vcpus: string }>`
    SELECT coalesce(max(memory), 0)::text AS memory, coalesce(max(vcpus), 0)::text AS vcpus FROM (
      SELECT memory, vcpus FROM quota_usage WHERE project_id = ${projectId} AND type = 'virtual-machine'
      UNION ALL
      SELECT memory, vcpus FROM quota_reservation WHERE project_id = ${projectId} AND type = 'virtual-machine'
    ) AS machines`.execute(tables);
  return { memory: BigInt(rows[0]?.memory ?? 0), vcpus: BigInt(rows[0]?.vcpus ?? 0) };
}

function summed(rows: readonly Row[]): Sums {
  const sums: Record<Row['part'], Record<string, bigint>> = { used: {}, reserved: {}, after: {} };
  for (const row of rows) {
    const amounts = fromColumns(row);
    const tally = sums[row.part];
    const add = (meter: string, amount: bigint) => {
      if (amount !== 0n) tally[meter] = (tally[meter] ?? 0n) + amount;
    };
    for (const resource of RESOURCES) add(resource, amounts[resource]);
    if (row.storage_class !== '') add(classMeter(row.storage_class), amounts.storage);
  }
  return { used: sums.used, reserved: sums.reserved, reservedAfter: sums.after };
}
