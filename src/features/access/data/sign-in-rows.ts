import { randomUUID } from 'node:crypto';
import type { Kysely, Selectable } from 'kysely';
import type { Tx } from '../../../platform/database/database.js';
import type { ExternalIdentity } from '../../../platform/sign-in/external-sign-in.js';
import type { AccessTables, SignInTable } from './access-tables.js';
import { ensureUser } from './account-rows.js';

export type SignInRow = Omit<Selectable<SignInTable>, 'hash'>;

const PREFIX = 'si_';
const SHOWN = ['id', 'user_id', 'groups', 'expires_at', 'created_at', 'revoked_at'] as const;

/** Ids of sign-ins and of tokens stand in the same places (who began an operation, whose stream this is). */
export const isSignInId = (id: string): boolean => id.startsWith(PREFIX);

export function findSignIn(
  tables: Kysely<AccessTables>,
  by: { id: string } | { hash: Buffer },
): Promise<SignInRow | undefined> {
  const query = tables.selectFrom('sign_in').select(SHOWN);
  return ('id' in by ? query.where('id', '=', by.id) : query.where('hash', '=', by.hash)).executeTakeFirst();
}

/** Of a token that is shown for the first time; the account is made with it where it is new. */
export async function insertSignIn(tx: Tx, hash: Buffer, identity: ExternalIdentity): Promise<void> {
  await tx
    .tables<AccessTables>()
    .insertInto('sign_in')
    .values({
      id: PREFIX + randomUUID(),
      hash,
      user_id: await ensureUser(tx, identity.name),
      groups: [...identity.groups],
      expires_at: identity.expiresAt,
      revoked_at: null,
    })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .execute();
}

/** What its issuer says of the same token now. */
export async function updateSignIn(
  tables: Kysely<AccessTables>,
  id: string,
  { groups, expiresAt }: ExternalIdentity,
): Promise<void> {
  await tables
    .updateTable('sign_in')
    .set({ groups: [...groups], expires_at: expiresAt })
    .where('id', '=', id)
    .execute();
}

/** Undefined where the user has no such sign-in, or not any more. */
export function revokeSignIn(tx: Tx, userId: string, id: string, now: Date): Promise<SignInRow | undefined> {
  return tx
    .tables<AccessTables>()
    .updateTable('sign_in')
    .set({ revoked_at: now })
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .returning(SHOWN)
    .executeTakeFirst();
}

/** Forgets sign-ins that ended long ago; how many. */
export async function deleteSignInsOver(tables: Kysely<AccessTables>, before: Date): Promise<number> {
  const { numDeletedRows } = await tables
    .deleteFrom('sign_in')
    .where('expires_at', '<', before)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
