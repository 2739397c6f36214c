import { type Kysely, sql } from 'kysely';
import type { Tx } from '../../../platform/database/database.js';
import type { AccessTables } from './access-tables.js';

export interface UserRow {
  id: string;
  name: string;
  blocked_at: Date | null;
  block_reason: string | null;
  created_at: Date;
  /** A sign-in, or a use of one of its tokens (written down every few minutes); null for none. */
  last_seen_at: Date | null;
}

/** Everybody who has signed in or has been given a role or a token; sorted by name. */
export async function users(tables: Kysely<AccessTables>): Promise<UserRow[]> {
  const rows = await selected(tables).execute();
  return rows.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

export const findUser = (tables: Kysely<AccessTables>, id: string): Promise<UserRow | undefined> =>
  selected(tables).where('user_account.id', '=', id).executeTakeFirst();

const selected = (tables: Kysely<AccessTables>) =>
  tables.selectFrom('user_account').select([
    'id',
    'name',
    'blocked_at',
    'block_reason',
    'created_at',
    sql<Date | null>`greatest(
      (SELECT max(created_at) FROM sign_in WHERE sign_in.user_id = user_account.id),
      (SELECT max(last_used_at) FROM api_token WHERE api_token.user_id = user_account.id)
    )`.as('last_seen_at'),
  ]);

/** Undefined where there is no such user. */
export async function setBlocked(
  tx: Tx,
  id: string,
  block: { blocked_at: Date | null; block_reason: string | null },
): Promise<UserRow | undefined> {
  const tables = tx.tables<AccessTables>();
  await tables.updateTable('user_account').set(block).where('id', '=', id).execute();
  return findUser(tables, id);
}
