import { Injectable } from '@nestjs/common';
import type { Principal, Scope } from '../../../kernel/principal.js';
import type { TenantRef } from '../../../platform/access/access-port.js';
import { AccessAuthority } from '../access-authority.js';
import { AccessDirectory } from '../data/access-directory.js';
import type { AccessTables } from '../data/access-tables.js';
import {
  deleteServiceAccount,
  findServiceAccount,
  insertServiceAccount,
  type ServiceAccountRow,
} from '../data/account-rows.js';
import { bindingsOfAccount, insertBinding, type Member } from '../data/binding-rows.js';
import { memberExists, serviceAccountExists, unseen } from '../domain/access-failures.js';
import { grantableRole } from './granting.js';
import { RecordedChange } from './recorded-change.js';
import type { Expectation } from './tenant-commands.js';

/** A tenant's account for automation, with what it may do. */
export interface ServiceAccount {
  id: string;
  name: string;
  tenant: string;
  bindings: Member[];
  version: number;
  createdAt: Date;
}

export function toServiceAccount(row: ServiceAccountRow, tenant: string, bindings: Member[]): ServiceAccount {
  return { id: row.id, name: row.name, tenant, bindings, version: row.version, createdAt: row.created_at };
}

@Injectable()
export class CreateServiceAccount {
  constructor(
    private readonly change: RecordedChange,
    private readonly authority: AccessAuthority,
    private readonly directory: AccessDirectory,
  ) {}

  /** Throws service_account.exists, role.unknown, access.grant_exceeds_own; a project must be the tenant's. */
  async execute(
    principal: Principal,
    tenant: TenantRef,
    input: {
      name: string;
      bindings?: readonly { role: string; project?: string | null; expiresAt?: string | null }[] | null;
    },
  ): Promise<ServiceAccount> {
    const grants = this.authority.grants(principal);
    const wanted = await Promise.all(
      (input.bindings ?? []).map(async (binding) => ({
        ...binding,
        scope: await this.scopeOf(tenant, binding.project ?? null),
      })),
    );
    return this.change.run(principal, async (tx) => {
      const row = await insertServiceAccount(tx, tenant.id, input.name);
      if (!row) {
        throw serviceAccountExists(`Tenant "${tenant.name}" has a service account "${input.name}" already.`);
      }
      const account = { type: 'service-account', id: row.id } as const;
      for (const { role, scope, expiresAt } of wanted) {
        await grantableRole(tx, role, scope, { principal, grants });
        const expiry = expiresAt ? new Date(expiresAt) : null;
        const id = await insertBinding(tx, { account, role, scope, expiresAt: expiry });
        if (!id) throw memberExists(`The role "${role}" is given twice.`);
      }
      const bindings = await bindingsOfAccount(tx.tables<AccessTables>(), account);
      return {
        result: toServiceAccount(row, tenant.name, bindings),
        action: 'service-account.create',
        target: { type: 'service-account', name: row.name },
        project: null,
        tenantId: tenant.id,
        signals: [],
      };
    });
  }

  private async scopeOf(tenant: TenantRef, project: string | null): Promise<Scope> {
    if (project === null) return { level: 'tenant', tenantId: tenant.id, tenant: tenant.name };
    const found = await this.directory.findProject(project);
    if (found?.tenantId !== tenant.id) throw unseen('project', project);
    return { level: 'project', tenantId: tenant.id, projectId: found.id, project };
  }
}

@Injectable()
export class DeleteServiceAccount {
  constructor(private readonly change: RecordedChange) {}

  /** Its tokens end with it. */
  execute(principal: Principal, tenant: TenantRef, name: string, expect: Expectation): Promise<void> {
    return this.change.run(principal, async (tx) => {
      const row = await findServiceAccount(tx.tables<AccessTables>(), tenant.id, name);
      if (!row) throw unseen('service account', name);
      const bindings = await bindingsOfAccount(tx.tables<AccessTables>(), {
        type: 'service-account',
        id: row.id,
      });
      expect(serviceAccountVersion(toServiceAccount(row, tenant.name, bindings)));
      await deleteServiceAccount(tx, row.id);
      return {
        result: undefined,
        action: 'service-account.delete',
        target: { type: 'service-account', name },
        project: null,
        tenantId: tenant.id,
        signals: [`account/${row.id}`],
      };
    });
  }
}

/** What is bound to it is part of what is shown of it. */
export function serviceAccountVersion(account: ServiceAccount): string {
  const bindings = account.bindings.map(({ id, version }) => `${id}.${version}`).sort();
  return `service-account/${account.id}/${account.version}/${bindings.join()}`;
}
