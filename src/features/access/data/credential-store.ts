import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { isPermission, type Permission } from '../../../kernel/permission.js';
import type { Principal, RoleBinding, Scope } from '../../../kernel/principal.js';
import { Database, type Tx } from '../../../platform/database/database.js';
import { builtInPermissions } from '../domain/roles.js';
import type { AccessTables } from './access-tables.js';
import { type Account, accountColumn } from './account.js';

/** A last use is written down at most this often per token. */
const LAST_USED_RESOLUTION_MS = 300_000;

interface TokenRow {
  id: string;
  scopes: string[] | null;
  expires_at: Date;
  last_used_at: Date | null;
  account: Account;
}

/** Reads who stands behind a credential, from the database. */
@Injectable()
export class CredentialStore {
  constructor(private readonly database: Database) {}

  /** Null for a token that is unknown or revoked. An expired one is returned, with its `expiresAt`. */
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
    return this.principal(token.account, token);
  }

  async byTokenId(id: string): Promise<Principal | null> {
    const token = await this.token((query) => query.where('id', '=', id));
    return token ? this.principal(token.account, token) : null;
  }

  async byAccount(account: Account, tx?: Tx): Promise<Principal | null> {
    return this.principal(account, null, tx?.tables<AccessTables>());
  }

  /** An account by its id alone: ids are unique across users and service accounts. */
  async byAccountId(id: string): Promise<Principal | null> {
    return (
      (await this.principal({ type: 'service-account', id }, null)) ??
      (await this.principal({ type: 'user', id }, null))
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
      .select(['id', 'scopes', 'expires_at', 'last_used_at', 'user_id', 'service_account_id'])
      .where('revoked_at', 'is', null);
  }

  private async principal(
    account: Account,
    token: TokenRow | null,
    tables: Kysely<AccessTables> = this.tables,
  ): Promise<Principal | null> {
    const table = account.type === 'user' ? 'user_account' : 'service_account';
    const holder = await tables
      .selectFrom(table)
      .select('name')
      .where('id', '=', account.id)
      .executeTakeFirst();
    if (!holder) return null;
    return Object.freeze({
      id: account.id,
      type: account.type,
      name: holder.name,
      bindings: await bindingsOf(tables, account),
      scopes: token?.scopes ? permissionSet(token.scopes) : null,
      tokenId: token?.id ?? null,
      expiresAt: token?.expires_at ?? null,
    });
  }
}

async function bindingsOf(tables: Kysely<AccessTables>, account: Account): Promise<readonly RoleBinding[]> {
  const rows = await tables
    .selectFrom('role_binding')
    .innerJoin('role', 'role.name', 'role_binding.role')
    .leftJoin('project', 'project.id', 'role_binding.project_id')
    .leftJoin('tenant', (join) =>
      join.on((eb) => eb('tenant.id', '=', eb.fn.coalesce('role_binding.tenant_id', 'project.tenant_id'))),
    )
    .select([
      'role_binding.role',
      'role_binding.expires_at',
      'role.permissions',
      'role_binding.project_id',
      'project.name as project',
      'tenant.id as tenant_id',
      'tenant.name as tenant',
    ])
    .where(`role_binding.${accountColumn(account)}`, '=', account.id)
    .orderBy('role_binding.id')
    .execute();
  return rows.map((row) => ({
    role: row.role,
    permissions: builtInPermissions(row.role) ?? permissionSet(row.permissions),
    scope: scopeOf(row),
    expiresAt: row.expires_at,
  }));
}

function scopeOf(row: {
  project_id: string | null;
  project: string | null;
  tenant_id: string | null;
  tenant: string | null;
}): Scope {
  if (row.project_id && row.project && row.tenant_id) {
    return { level: 'project', tenantId: row.tenant_id, projectId: row.project_id, project: row.project };
  }
  if (row.tenant_id && row.tenant) return { level: 'tenant', tenantId: row.tenant_id, tenant: row.tenant };
  return { level: 'platform' };
}

/** What a release no longer knows gives no right. */
function permissionSet(names: readonly string[]): ReadonlySet<Permission> {
  return new Set(names.filter(isPermission));
}
