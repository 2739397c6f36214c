import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../kernel/principal.js';
import { Database } from '../../../platform/database/database.js';
import { AccessAuthority } from '../access-authority.js';
import type { MemberScope } from '../commands/member-commands.js';
import { type ServiceAccount, toServiceAccount } from '../commands/service-account-commands.js';
import { AccessDirectory, type ProjectRecord } from '../data/access-directory.js';
import type { AccessTables } from '../data/access-tables.js';
import type { Account } from '../data/account.js';
import { findServiceAccount, serviceAccountsOf } from '../data/account-rows.js';
import { bindingsOfAccount, findMember, type Member, membersOf } from '../data/binding-rows.js';
import { findRole, type Role, roles } from '../data/role-rows.js';
import type { TenantEntry } from '../data/tenant-entry.js';
import { liveTokensOf, type TokenRow } from '../data/token-rows.js';
import { unseen } from '../domain/access-failures.js';

/** What the doors of REST and GraphQL read alike. Lists are sorted by name (tokens, members by id). */
@Injectable()
export class AccessReading {
  constructor(
    private readonly database: Database,
    private readonly authority: AccessAuthority,
    private readonly directory: AccessDirectory,
  ) {}

  async tenants(principal: Principal): Promise<TenantEntry[]> {
    await this.directory.ensureLoaded();
    return [...this.directory.tenantsReachedBy(this.authority.grants(principal), 'tenants:read')];
  }

  async tenant(name: string): Promise<TenantEntry> {
    const tenant = await this.directory.findTenant(name);
    if (!tenant) throw unseen('tenant', name);
    return tenant;
  }

  projects(principal: Principal): Promise<ProjectRecord[]> {
    return this.authority.projects(principal, 'projects:read');
  }

  async project(name: string): Promise<ProjectRecord> {
    const project = await this.directory.findProject(name);
    if (!project) throw unseen('project', name);
    return project;
  }

  async members(scope: MemberScope): Promise<Member[]> {
    return sorted(await membersOf(this.tables, scope), ({ id }) => id);
  }

  async member(scope: MemberScope, id: string): Promise<Member> {
    const member = await findMember(this.tables, scope, id);
    if (!member) throw unseen('member', id);
    return member;
  }

  async serviceAccounts(tenant: { id: string; name: string }): Promise<ServiceAccount[]> {
    const rows = await serviceAccountsOf(this.tables, tenant.id);
    const accounts = rows.map(async (row) =>
      toServiceAccount(row, tenant.name, await this.bindings({ type: 'service-account', id: row.id })),
    );
    return sorted(await Promise.all(accounts), ({ name }) => name);
  }

  async serviceAccount(tenant: { id: string; name: string }, name: string): Promise<ServiceAccount> {
    const row = await findServiceAccount(this.tables, tenant.id, name);
    if (!row) throw unseen('service account', name);
    return toServiceAccount(row, tenant.name, await this.bindings({ type: 'service-account', id: row.id }));
  }

  async tokens(account: Account): Promise<TokenRow[]> {
    return sorted(await liveTokensOf(this.tables, account, new Date()), ({ id }) => id);
  }

  /** The caller's own. A narrow token that may not make tokens knows itself only. */
  async ownTokens(principal: Principal): Promise<TokenRow[]> {
    const tokens = await this.tokens(principal);
    return tokens.filter(({ id }) => ownsToken(principal, id));
  }

  /** Those of the platform, and those of the tenants that the caller sees. */
  async roles(principal: Principal): Promise<Role[]> {
    const grants = this.authority.grants(principal);
    const seen = (await roles(this.tables)).filter(
      ({ tenantId }) => tenantId === null || grants.seesTenant(tenantId),
    );
    return sorted(seen, ({ name }) => name);
  }

  async role(principal: Principal, name: string): Promise<Role> {
    const role = await findRole(this.tables, name);
    const { tenantId } = role ?? {};
    if (!role || (tenantId && !this.authority.grants(principal).seesTenant(tenantId))) {
      throw unseen('role', name);
    }
    return role;
  }

  private async bindings(account: Account): Promise<Member[]> {
    return sorted(await bindingsOfAccount(this.tables, account), ({ id }) => id);
  }

  private get tables() {
    return this.database.tables<AccessTables>();
  }
}

/** May the caller see and revoke this token of its own account? */
export function ownsToken(principal: Principal, tokenId: string): boolean {
  return !principal.scopes || principal.scopes.has('tokens:create') || principal.tokenId === tokenId;
}

function sorted<T>(rows: T[], keyOf: (row: T) => string): T[] {
  return rows.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
}
