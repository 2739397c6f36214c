import { randomUUID } from 'node:crypto';
import type { Kysely, Selectable } from 'kysely';
import type { Tx } from '../../../platform/database/database.js';
import { newTokenSecret, tokenHash } from '../domain/token-secret.js';
import type { AccessTables, ApiTokenTable } from './access-tables.js';
import { type Account, accountColumn, accountColumns } from './account.js';

export type TokenRow = Omit<Selectable<ApiTokenTable>, 'hash'>;

const SHOWN = [
  'id',
  'name',
  'user_id',
  'service_account_id',
  'scopes',
  'mints',
  'requests_per_minute',
  'expires_at',
  'last_used_at',
  'created_at',
  'revoked_at',
] as const;

/** The secret is shown once, to whoever made the token. */
export interface MintedToken {
  secret: string;
  row: TokenRow;
}

/** A new token, kept by its hash. */
export async function mintToken(
  tx: Tx,
  token: {
    name: string;
    account: Account;
    scopes: readonly string[] | null;
    expiresAt: Date;
    /** Without scopes: whether it may make tokens itself. Scopes say it by themselves. */
    mints?: boolean;
    requestsPerMinute?: number | null;
  },
): Promise<MintedToken> {
  const secret = newTokenSecret();
  const hash = tokenHash(secret);
  if (!hash) throw new Error('A new secret does not have the form of one.');
  const row = await tx
    .tables<AccessTables>()
    .insertInto('api_token')
    .values({
      id: randomUUID(),
      hash,
      name: token.name,
      ...accountColumns(token.account),
      scopes: token.scopes ? [...token.scopes] : null,
      mints: token.scopes ? token.scopes.includes('tokens:create') : (token.mints ?? false),
      requests_per_minute: token.requestsPerMinute ?? null,
      expires_at: token.expiresAt,
      last_used_at: null,
      revoked_at: null,
    })
    .returning(SHOWN)
    .executeTakeFirstOrThrow();
  return { secret, row };
}

/** Neither revoked nor expired. */
export function liveTokensOf(tables: Kysely<AccessTables>, account: Account, now: Date): Promise<TokenRow[]> {
  return tables
    .selectFrom('api_token')
    .select(SHOWN)
    .where(accountColumn(account), '=', account.id)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .execute();
}

/** Undefined where the account has no such live token. */
export async function revokeToken(
  tx: Tx,
  account: Account,
  id: string,
  now: Date,
): Promise<TokenRow | undefined> {
  return tx
    .tables<AccessTables>()
    .updateTable('api_token')
    .set({ revoked_at: now })
    .where('id', '=', id)
    .where(accountColumn(account), '=', account.id)
    .where('revoked_at', 'is', null)
    .returning(SHOWN)
    .executeTakeFirst();
}

/** A live token by its hash: the bootstrap's own, found again at the next start. */
export function findLiveToken(tx: Tx, hash: Buffer, now: Date): Promise<TokenRow | undefined> {
  return tx
    .tables<AccessTables>()
    .selectFrom('api_token')
    .select(SHOWN)
    .where('hash', '=', hash)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst();
}

/** Forgets tokens that have been good for nothing for long; how many. */
export async function deleteTokensOver(tables: Kysely<AccessTables>, before: Date): Promise<number> {
  const { numDeletedRows } = await tables
    .deleteFrom('api_token')
    .where((eb) => eb.or([eb('expires_at', '<', before), eb('revoked_at', '<', before)]))
    .executeTakeFirst();
  return Number(numDeletedRows);
}
