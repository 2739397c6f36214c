import { Injectable } from '@nestjs/common';
import type { Principal, Scope } from '../../../kernel/principal.js';
import type { Tx } from '../../../platform/database/database.js';
import { AccessAuthority } from '../access-authority.js';
import type { AccessTables } from '../data/access-tables.js';
import type { Holder } from '../data/account.js';
import { ensureUser, findServiceAccount } from '../data/account-rows.js';
import {
  deleteBinding,
  findMember,
  insertBinding,
  type Member,
  membersOf,
  updateBinding,
} from '../data/binding-rows.js';
import { issuerUnknown, memberExists, unseen } from '../domain/access-failures.js';
import { grantableRole } from './granting.js';
import { RecordedChange } from './recorded-change.js';
import type { Expectation } from './tenant-commands.js';

/** Where people are made members. */
export type MemberScope = Exclude<Scope, { level: 'platform' }>;

export interface MemberInput {
  user?: string | null;
  serviceAccount?: string | null;
  group?: string | null;
  role: string;
  expiresAt?: string | null;
}

@Injectable()
export class AddMember {
  constructor(
    private readonly change: RecordedChange,
    private readonly authority: AccessAuthority,
  ) {}

  /**
   * Throws role.unknown, access.grant_exceeds_own, member.exists, member.issuer_unknown. A user who is not known yet is
   * made known; a service account must exist in the tenant; who belongs to a group only its issuer knows.
   */
  execute(principal: Principal, scope: MemberScope, input: MemberInput): Promise<Member> {
    const grants = this.authority.grants(principal);
    const foreign = input.group ?? (input.user?.includes('/') ? input.user : null);
    if (foreign && !this.authority.knowsIssuerOf(foreign)) {
      throw issuerUnknown(`There is no identity provider for "${foreign}".`);
    }
    return this.change.run(principal, async (tx) => {
      await grantableRole(tx, input.role, scope, { principal, grants });
      const account = await accountOf(tx, scope, input);
      const expiresAt = input.expiresAt ? new Date(input.expiresAt) : null;
      const id = await insertBinding(tx, { account, role: input.role, scope, expiresAt });
      if (!id) throw memberExists(`They have the role "${input.role}" here already.`);
      return recorded(tx, scope, id, 'member.add');
    });
  }
}

@Injectable()
export class ChangeMember {
  constructor(
    private readonly change: RecordedChange,
    private readonly authority: AccessAuthority,
  ) {}

  execute(
    principal: Principal,
    scope: MemberScope,
    id: string,
    input: { role: string; expiresAt?: string | null },
    expect: Expectation,
  ): Promise<Member> {
    const grants = this.authority.grants(principal);
    return this.change.run(principal, async (tx) => {
      const members = await membersOf(tx.tables<AccessTables>(), scope);
      const member = members.find((candidate) => candidate.id === id);
      if (!member) throw unseen('member', id);
      expect(memberVersion(member));
      await grantableRole(tx, input.role, scope, { principal, grants });
      const twin = members.some(
        (other) => other.id !== id && other.account.id === member.account.id && other.role === input.role,
      );
      if (twin) throw memberExists(`They have the role "${input.role}" here already.`);
      const expiresAt = input.expiresAt ? new Date(input.expiresAt) : null;
      await updateBinding(tx, id, { role: input.role, expiresAt });
      const change = await recorded(tx, scope, id, 'member.change');
      const from = { role: member.role, expiresAt: member.expiresAt?.toISOString() ?? null };
      return { ...change, changed: { from, to: change.changed } };
    });
  }
}

@Injectable()
export class RemoveMember {
  constructor(private readonly change: RecordedChange) {}

  execute(principal: Principal, scope: MemberScope, id: string, expect: Expectation): Promise<void> {
    return this.change.run(principal, async (tx) => {
      const { result: member, ...change } = await recorded(tx, scope, id, 'member.remove');
      expect(memberVersion(member));
      await deleteBinding(tx, id);
      return { ...change, result: undefined };
    });
  }
}

export function memberVersion(member: Member): string {
  return `member/${member.id}/${member.version}`;
}

async function accountOf(tx: Tx, scope: MemberScope, input: MemberInput): Promise<Holder> {
  if (input.group) return { type: 'group', id: input.group };
  if (input.user) return { type: 'user', id: await ensureUser(tx, input.user) };
  const name = input.serviceAccount ?? '';
  const found = await findServiceAccount(tx.tables<AccessTables>(), scope.tenantId, name);
  if (!found) throw unseen('service account', name);
  return { type: 'service-account', id: found.id };
}

async function recorded(tx: Tx, scope: MemberScope, id: string, action: string) {
  const member = await findMember(tx.tables<AccessTables>(), scope, id);
  if (!member) throw unseen('member', id);
  return {
    result: member,
    action,
    target: { type: member.account.type, name: member.account.name },
    project: scope.level === 'project' ? { id: scope.projectId, name: scope.project } : null,
    tenantId: scope.tenantId,
    changed: { role: member.role, expiresAt: member.expiresAt?.toISOString() ?? null },
    signals: [`${member.account.type === 'group' ? 'group' : 'account'}/${member.account.id}`],
  };
}
