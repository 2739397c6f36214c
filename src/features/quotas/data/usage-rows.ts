import { type Insertable, type Selectable, sql } from 'kysely';
import type { ProjectRef } from '../../../kernel/principal.js';
import type { Tx } from '../../../platform/database/database.js';
import type { Entry, EntryType } from '../domain/entry.js';
import { COLUMNS, fromColumns, toColumns } from './amount-columns.js';
import type { QuotaTables, UsageTable } from './quota-tables.js';

type Place = Pick<ProjectRef, 'id' | 'tenantId' | 'namespace'>;

/** Whoever holds it reads the cluster's copy after those that held it before: so the newest is what stays written. */
export async function lockNamespace(tx: Tx, namespace: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`quota-usage/${namespace}`}, 0))`.execute(
    tx.tables<QuotaTables>(),
  );
}

/** Makes the rows of a namespace agree with what was seen in it; true where something was different. */
export async function writeUsage(
  tx: Tx,
  namespace: string,
  project: Place | null,
  seen: readonly Entry[],
): Promise<boolean> {
  const tables = tx.tables<QuotaTables>();
  const present = await tables
    .selectFrom('quota_usage')
    .selectAll()
    .where('namespace', '=', namespace)
    .execute();
  const before = new Map(present.map((row) => [idOf(row), textOf(row)]));
  const rows = project ? seen.map((entry) => rowOf(entry, project)) : [];
  const wanted = new Map(rows.map((row) => [idOf(row), row]));
  const changed = [...wanted].filter(([id, row]) => before.get(id) !== textOf(row)).map(([, row]) => row);
  const gone = present.filter((row) => !wanted.has(idOf(row)));
  for (const { type, name } of gone) {
    await tables
      .deleteFrom('quota_usage')
      .where('namespace', '=', namespace)
      .where('type', '=', type)
      .where('name', '=', name)
      .execute();
  }
  for (let start = 0; start < changed.length; start += 500) {
    const updated = ['project_id', 'tenant_id', 'storage_class', 'holder', 'machine', ...COLUMNS] as const;
    await tables
      .insertInto('quota_usage')
      .values(changed.slice(start, start + 500))
      .onConflict((conflict) =>
        conflict
          .columns(['namespace', 'type', 'name'])
          .doUpdateSet((eb) =>
            Object.fromEntries(updated.map((column) => [column, eb.ref(`excluded.${column}`)])),
          ),
      )
      .execute();
  }
  return changed.length + gone.length > 0;
}

/** Namespaces that the ledger knows of. */
export async function ledgerNamespaces(tx: Tx): Promise<string[]> {
  const rows = await tx
    .tables<QuotaTables>()
    .selectFrom('quota_usage')
    .select('namespace')
    .distinct()
    .execute();
  return rows.map(({ namespace }) => namespace);
}

/** Once the whole cluster has been read: from now on limits can be judged. */
export async function noteRead(tx: Tx): Promise<void> {
  await tx
    .tables<QuotaTables>()
    .insertInto('quota_ledger')
    .values({ id: 1, read_at: new Date() })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ read_at: new Date() }))
    .execute();
}

export async function wasRead(tx: Tx): Promise<boolean> {
  const row = await tx.tables<QuotaTables>().selectFrom('quota_ledger').select('id').executeTakeFirst();
  return row !== undefined;
}

/** What the ledger knows of an object. */
export async function findUsage(
  tx: Tx,
  projectId: string,
  type: EntryType,
  name: string,
): Promise<Entry | null> {
  const row = await tx
    .tables<QuotaTables>()
    .selectFrom('quota_usage')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('type', '=', type)
    .where('name', '=', name)
    .executeTakeFirst();
  return row ? entryOf(row) : null;
}

/** The disks of a machine. */
export async function disksOf(tx: Tx, projectId: string, machine: string): Promise<Entry[]> {
  const rows = await tx
    .tables<QuotaTables>()
    .selectFrom('quota_usage')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('type', '=', 'disk')
    .where('holder', '=', machine)
    .execute();
  return rows.map(entryOf);
}

type Row = Insertable<UsageTable>;

const idOf = ({ type, name }: { type: string; name: string }) => `${type}\n${name}`;

function rowOf(entry: Entry, project: Place): Row {
  const { machine } = entry;
  return {
    namespace: project.namespace,
    type: entry.type,
    name: entry.name,
    project_id: project.id,
    tenant_id: project.tenantId,
    storage_class: entry.storageClass,
    holder: entry.holder,
    ...toColumns(entry.amounts),
    machine: machine && {
      vcpus: machine.vcpus.toString(),
      memory: machine.memory.toString(),
      disks: machine.disks.map(({ storageClass, size }) => ({ storageClass, size: size.toString() })),
    },
  };
}

function entryOf(row: Selectable<UsageTable>): Entry {
  const { machine } = row;
  return {
    type: row.type as EntryType,
    name: row.name,
    storageClass: row.storage_class,
    holder: row.holder,
    amounts: fromColumns(row),
    machine: machine && {
      vcpus: BigInt(machine.vcpus),
      memory: BigInt(machine.memory),
      disks: machine.disks.map(({ storageClass, size }) => ({ storageClass, size: BigInt(size) })),
    },
  };
}

/** Comparable, whatever the order of the fields of jsonb. */
function textOf(row: Row | Selectable<UsageTable>): string {
  const { machine } = row;
  const disks = machine?.disks.map(({ storageClass, size }) => [storageClass, size]) ?? [];
  return JSON.stringify([
    row.project_id,
    row.tenant_id,
    row.storage_class,
    row.holder,
    machine ? [machine.vcpus, machine.memory, disks] : null,
    ...COLUMNS.map((column) => String(row[column])),
  ]);
}
