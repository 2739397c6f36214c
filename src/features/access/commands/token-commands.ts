import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import type { Permission } from '../../../kernel/permission.js';
import type { Principal } from '../../../kernel/principal.js';
import type { Tx } from '../../../platform/database/database.js';
import { AccessAuthority } from '../access-authority.js';
import type { AccessTables } from '../data/access-tables.js';
import type { Account } from '../data/account.js';
import { CredentialStore } from '../data/credential-store.js';
import { isSignInId, revokeSignIn } from '../data/sign-in-rows.js';
import { liveTokensOf, type MintedToken, mintToken, revokeToken } from '../data/token-rows.js';
import { scopeNotHeld, tooManyTokens, unseen } from '../domain/access-failures.js';
import { lifetimeMs } from '../domain/lifetime.js';
import { RecordedChange } from './recorded-change.js';

const MOST_LIVE_TOKENS = 100;

export interface TokenInput {
  name: string;
  expiresIn: string;
  scopes?: readonly Permission[] | null;
  /** Without scopes: whether it may make tokens. A token cannot, unless it was said. */
  mayCreateTokens?: boolean | null;
  requestsPerMinute?: number | null;
}

const extras = ({ mayCreateTokens, requestsPerMinute }: TokenInput) => ({
  mints: mayCreateTokens ?? false,
  requestsPerMinute: requestsPerMinute ?? null,
});

/** Makes a token of the caller's own account. */
@Injectable()
export class CreateToken {
  constructor(
    private readonly change: RecordedChange,
    private readonly authority: AccessAuthority,
    private readonly clock: Clock,
  ) {}

  /**
   * Throws token.scope_not_held, token.expiry_invalid, token.limit_reached. What a narrowed token makes is as narrow
   * or narrower, and does not outlive it; a token with all of its owner's rights may make one that lives longer, for
   * how else would automation renew its own.
   */
  execute(principal: Principal, input: TokenInput): Promise<MintedToken> {
    const lifetime = lifetimeMs(input.expiresIn);
    const scopes = this.scopesWithin(principal, input.scopes ?? null);
    const now = this.clock.now();
    const wanted = now.getTime() + lifetime;
    const latest = principal.scopes ? (principal.expiresAt?.getTime() ?? wanted) : wanted;
    const expiresAt = new Date(Math.min(wanted, latest));
    return this.change.run(principal, async (tx) => {
      await refuseTooMany(tx, principal, now);
      const token = { name: input.name, account: principal, scopes, expiresAt, ...extras(input) };
      const minted = await mintToken(tx, token);
      return tokenChange(minted, minted.row, principal, 'token.create');
    });
  }

  private scopesWithin(principal: Principal, scopes: readonly Permission[] | null): Permission[] | null {
    if (scopes === null) return principal.scopes ? [...principal.scopes].sort() : null;
    const grants = this.authority.grants(principal);
    const missing = scopes.filter((scope) => !grants.anywhere(scope));
    if (missing.length > 0) {
      throw scopeNotHeld(`You do not hold ${missing.join(', ')}.`, { details: { missing } });
    }
    return [...new Set(scopes)].sort();
  }
}

/** Makes a token of a service account, for somebody who holds all that it may do. */
@Injectable()
export class CreateServiceAccountToken {
  constructor(
    private readonly change: RecordedChange,
    private readonly authority: AccessAuthority,
    private readonly credentials: CredentialStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Throws token.scope_not_held where the token could do what its maker cannot, making tokens included. What a token
   * that may make no tokens of its own makes here does not outlive it.
   */
  execute(
    principal: Principal,
    account: { id: string; name: string; tenantId: string },
    input: TokenInput,
  ): Promise<MintedToken> {
    const lifetime = lifetimeMs(input.expiresIn);
    const grants = this.authority.grants(principal);
    const scopes = input.scopes ? [...new Set(input.scopes)].sort() : null;
    const now = this.clock.now();
    return this.change.run(principal, async (tx) => {
      const owner = await this.credentials.byAccount({ type: 'service-account', id: account.id }, tx);
      if (!owner) throw unseen('service account', account.name);
      for (const { permissions, scope } of owner.bindings) {
        const given = [...permissions].filter((permission) => !scopes || scopes.includes(permission));
        const missing = grants.lacking(given, scope);
        if (missing.length > 0) {
          throw scopeNotHeld(`The service account may do what you may not: ${missing.join(', ')}.`, {
            details: { missing },
          });
        }
      }
      const mayMint = grants.inTenant('tokens:create', account.tenantId);
      const mints = input.mayCreateTokens || scopes?.includes('tokens:create');
      if (mints && !mayMint) {
        throw scopeNotHeld('You may not make tokens that make tokens.', {
          details: { missing: ['tokens:create'] },
        });
      }
      const wanted = now.getTime() + lifetime;
      // Else a token that may make none would go on living in that of an account that it manages.
      const latest = mayMint ? wanted : (principal.expiresAt?.getTime() ?? wanted);
      const expiresAt = new Date(Math.min(wanted, latest));
      await refuseTooMany(tx, owner, now);
      const token = { name: input.name, account: owner, scopes, expiresAt, ...extras(input) };
      const minted = await mintToken(tx, token);
      return tokenChange(
        minted,
        minted.row,
        { ...owner, tenantId: account.tenantId },
        'service-account.create-token',
      );
    });
  }
}

@Injectable()
export class RevokeToken {
  constructor(
    private readonly change: RecordedChange,
    private readonly clock: Clock,
  ) {}

  /** Of the account given, a sign-in likewise; any other token is not there. */
  execute(
    principal: Principal,
    account: Account & { name: string; tenantId?: string },
    id: string,
  ): Promise<void> {
    return this.change.run(principal, async (tx) => {
      const now = this.clock.now();
      const row = isSignInId(id)
        ? await revokeSignIn(tx, account.id, id, now)
        : await revokeToken(tx, account, id, now);
      if (!row) throw unseen('token', id);
      const named = { id, name: 'name' in row ? row.name : 'sign-in' };
      return tokenChange(undefined, named, account, 'token.revoke');
    });
  }
}

/** Throws token.limit_reached. */
async function refuseTooMany(tx: Tx, account: Account, now: Date): Promise<void> {
  const live = await liveTokensOf(tx.tables<AccessTables>(), account, now);
  if (live.length < MOST_LIVE_TOKENS) return;
  throw tooManyTokens(`An account has at most ${MOST_LIVE_TOKENS} live tokens.`);
}

function tokenChange<T>(
  result: T,
  row: { id: string; name: string },
  owner: Account & { name: string; tenantId?: string },
  action: string,
) {
  return {
    result,
    action,
    target: { type: 'token', name: `${owner.name}/${row.name}` },
    project: null,
    tenantId: owner.tenantId ?? null,
    signals: [`token/${row.id}`],
  };
}
