import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { isPermission, PERMISSIONS, type Permission } from '../../../kernel/permission.js';
import type { Principal } from '../../../kernel/principal.js';
import { Database, type Tx } from '../../../platform/database/database.js';
import type { ExternalIdentity } from '../../../platform/sign-in/external-sign-in.js';
import type { AccessTables } from './access-tables.js';
import type { Account } from './account.js';
import { heldBindings } from './held-bindings.js';
import { findSignIn, insertSignIn, isSignInId, type SignInRow, updateSignIn } from './sign-in-rows.js';

/** A last use is written down at most this often per token. */
const LAST_USED_RESOLUTION_MS = 300_000;

interface TokenRow {
  id: string;
  scopes: string[] | null;
  mints: boolean;
  requests_per_minute: number | null;
  expires_at: Date;
  last_used_at: Date | null;
  account: Account;
}

/** What a credential adds to, and takes from, what its account holds. */
type Credential = Pick<Principal, 'scopes' | 'tokenId' | 'expiresAt' | 'requestsPerMinute'> & {
  groups: readonly string[];
};

const NONE: Credential = {
  scopes: null,
  tokenId: null,
  expiresAt: null,
  requestsPerMinute: null,
  groups: [],
};
const ALL_BUT_MINTING: ReadonlySet<Permission> = new Set(
  PERMISSIONS.filter((permission) => permission !== 'tokens:create'),
);

/** Reads who stands behind a credential, from the database. */
@Injectable()
export class CredentialStore {
  constructor(private readonly database: Database) {}

  /** Null for a token that is unknown or revoked, or whose user is blocked. An expired one is returned, with its `expiresAt`. */
  async byTokenHash(hash: Buffer): Promise<Principal | null> {
    const token = await this.token((query) => query.where('hash', '=', hash));
    if (!token) return null;
    if (Date.now() - (token.last_used_at?.getTime() ?? 0) > LAST_USED_RESOLUTION_MS) {
      await this.tables
        .updateTable('api_token')
        .set({ last_used_at: new Date() })
        .where('id', '=', token.id)
        .execute();
    }
    return this.principal(token.account, credentialOf(token));
  }

  /**
   * Somebody for whom an issuer vouches, by the hash of the token that said so; null for a token that was revoked here.
   * Rights through groups last as long as this token: a token of our own that its holder makes does not have them.
   */
  async bySignIn(hash: Buffer, identity: ExternalIdentity): Promise<Principal | null> {
    let found = await findSignIn(this.tables, { hash });
    if (!found) {
      await this.database.transaction((tx) => insertSignIn(tx, hash, identity));
      found = await findSignIn(this.tables, { hash });
    }
    if (!found || found.revoked_at) return null;
    if (isStale(found, identity)) await updateSignIn(this.tables, found.id, identity);
    return this.signedIn({ ...found, groups: [...identity.groups], expires_at: identity.expiresAt });
  }

  /** By the id of a token or of a sign-in. */
  async byTokenId(id: string): Promise<Principal | null> {
    if (isSignInId(id)) {
      const found = await findSignIn(this.tables, { id });
      return found && !found.revoked_at ? this.signedIn(found) : null;
    }
    const token = await this.token((query) => query.where('id', '=', id));
    return token ? this.principal(token.account, credentialOf(token)) : null;
  }

  async byAccount(account: Account, tx?: Tx): Promise<Principal | null> {
    return this.principal(account, NONE, tx?.tables<AccessTables>());
  }

  /** An account by its id alone: ids are unique across users and service accounts. */
  async byAccountId(id: string): Promise<Principal | null> {
    return (
      (await this.principal({ type: 'service-account', id }, NONE)) ??
      (await this.principal({ type: 'user', id }, NONE))
    );
  }

  private get tables(): Kysely<AccessTables> {
    return this.database.tables<AccessTables>();
  }

  private async token(
    narrow: (query: ReturnType<CredentialStore['liveTokens']>) => ReturnType<CredentialStore['liveTokens']>,
  ): Promise<TokenRow | null> {
    const row = await narrow(this.liveTokens()).executeTakeFirst();
    if (!row) return null;
    const account: Account = row.user_id
      ? { type: 'user', id: row.user_id }
      : { type: 'service-account', id: row.service_account_id as string };
    return { ...row, account };
  }

  private liveTokens() {
    return this.tables
      .selectFrom('api_token')
      .select([
        'id',
        'scopes',
        'mints',
        'requests_per_minute',
        'expires_at',
        'last_used_at',
        'user_id',
        'service_account_id',
      ])
      .where('revoked_at', 'is', null);
  }

  private signedIn(row: SignInRow): Promise<Principal | null> {
    const credential = { ...NONE, tokenId: row.id, expiresAt: row.expires_at, groups: row.groups };
    return this.principal({ type: 'user', id: row.user_id }, credential);
  }

  private async principal(
    account: Account,
    { groups, ...credential }: Credential,
    tables: Kysely<AccessTables> = this.tables,
  ): Promise<Principal | null> {
    const holder =
      account.type === 'user'
        ? await tables
            .selectFrom('user_account')
            .select('name')
            .where('id', '=', account.id)
            .where('blocked_at', 'is', null)
            .executeTakeFirst()
        : await tables
            .selectFrom('service_account')
            .select('name')
            .where('id', '=', account.id)
            .executeTakeFirst();
    if (!holder) return null;
    return Object.freeze({
      id: account.id,
      type: account.type,
      name: holder.name,
      bindings: await heldBindings(tables, account, groups),
      ...credential,
    });
  }
}

function credentialOf(token: TokenRow): Credential {
  return {
    scopes: token.scopes ? new Set(token.scopes.filter(isPermission)) : token.mints ? null : ALL_BUT_MINTING,
    tokenId: token.id,
    expiresAt: token.expires_at,
    requestsPerMinute: token.requests_per_minute,
    groups: [],
  };
}

const isStale = (row: SignInRow, { groups, expiresAt }: ExternalIdentity): boolean =>
  row.expires_at.getTime() !== expiresAt.getTime() || row.groups.join('\n') !== groups.join('\n');
