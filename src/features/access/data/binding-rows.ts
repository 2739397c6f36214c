import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Scope } from '../../../kernel/principal.js';
import type { Tx } from '../../../platform/database/database.js';
import type { AccessTables } from './access-tables.js';
import { type Account, accountColumn, type Holder, holderColumns } from './account.js';

/** A role given to somebody, with the names that people know them by. */
export interface Member {
  id: string;
  account: Holder & { name: string };
  role: string;
  project: string | null;
  expiresAt: Date | null;
  version: number;
  createdAt: Date;
}

/** The columns that say where a binding holds. */
function scopeColumns(scope: Scope): { tenant_id: string | null; project_id: string | null } {
  return {
    tenant_id: scope.level === 'tenant' ? scope.tenantId : null,
    project_id: scope.level === 'project' ? scope.projectId : null,
  };
}

/** Its id; undefined where the account has the role in this scope already. */
export async function insertBinding(
  tx: Tx,
  binding: { account: Holder; role: string; scope: Scope; expiresAt: Date | null },
): Promise<string | undefined> {
  const row = await tx
    .tables<AccessTables>()
    .insertInto('role_binding')
    .values({
      id: randomUUID(),
      ...holderColumns(binding.account),
      ...scopeColumns(binding.scope),
      role: binding.role,
      expires_at: binding.expiresAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

export async function updateBinding(
  tx: Tx,
  id: string,
  change: { role: string; expiresAt: Date | null },
): Promise<void> {
  await tx
    .tables<AccessTables>()
    .updateTable('role_binding')
    .set((eb) => ({ role: change.role, expires_at: change.expiresAt, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute();
}

export async function deleteBinding(tx: Tx, id: string): Promise<void> {
  await tx.tables<AccessTables>().deleteFrom('role_binding').where('id', '=', id).execute();
}

function members(tables: Kysely<AccessTables>) {
  return tables
    .selectFrom('role_binding')
    .leftJoin('user_account', 'user_account.id', 'role_binding.user_id')
    .leftJoin('service_account', 'service_account.id', 'role_binding.service_account_id')
    .leftJoin('project', 'project.id', 'role_binding.project_id')
    .select((eb) => [
      'role_binding.id',
      'role_binding.user_id',
      'role_binding.service_account_id',
      'role_binding.group_name',
      'role_binding.role',
      'role_binding.expires_at',
      'role_binding.version',
      'role_binding.created_at',
      'project.name as project',
      eb.fn
        .coalesce('user_account.name', 'service_account.name', 'role_binding.group_name')
        .as('account_name'),
    ]);
}

type MemberRow = Awaited<ReturnType<ReturnType<typeof members>['executeTakeFirstOrThrow']>>;

function toMember(row: MemberRow): Member {
  return {
    id: row.id,
    account: {
      ...holderOf(row),
      name: row.account_name ?? '',
    },
    role: row.role,
    project: row.project,
    expiresAt: row.expires_at,
    version: row.version,
    createdAt: row.created_at,
  };
}

function holderOf(row: Pick<MemberRow, 'user_id' | 'service_account_id' | 'group_name'>): Holder {
  if (row.user_id) return { type: 'user', id: row.user_id };
  if (row.group_name) return { type: 'group', id: row.group_name };
  return { type: 'service-account', id: row.service_account_id as string };
}

/** The bindings of exactly this scope; those of a tenant also hold in its projects, but are not theirs. */
export async function membersOf(
  tables: Kysely<AccessTables>,
  scope: Exclude<Scope, { level: 'platform' }>,
): Promise<Member[]> {
  const [column, id] =
    scope.level === 'tenant'
      ? (['role_binding.tenant_id', scope.tenantId] as const)
      : (['role_binding.project_id', scope.projectId] as const);
  return (await members(tables).where(column, '=', id).execute()).map(toMember);
}

export async function bindingsOfAccount(tables: Kysely<AccessTables>, account: Account): Promise<Member[]> {
  return (
    await members(tables)
      .where(`role_binding.${accountColumn(account)}`, '=', account.id)
      .execute()
  ).map(toMember);
}

export async function findMember(
  tables: Kysely<AccessTables>,
  scope: Exclude<Scope, { level: 'platform' }>,
  id: string,
): Promise<Member | undefined> {
  return (await membersOf(tables, scope)).find((member) => member.id === id);
}
