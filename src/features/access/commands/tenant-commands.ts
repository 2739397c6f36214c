import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../kernel/principal.js';
import type { TenantRef } from '../../../platform/access/access-port.js';
import type { AccessTables } from '../data/access-tables.js';
import { serviceAccountsOf } from '../data/account-rows.js';
import {
  deleteTenant,
  insertTenant,
  lockTenant,
  projectNames,
  type TenantRow,
  updateTenant,
} from '../data/tenancy-rows.js';
import type { TenantEntry } from '../data/tenant-entry.js';
import { tenantExists, tenantNotEmpty, unseen } from '../domain/access-failures.js';
import { RecordedChange } from './recorded-change.js';

/** Throws request.precondition_failed where the caller expected another version. */
export type Expectation = (version: string) => void;

const entryOf = (row: TenantRow): TenantEntry => ({
  id: row.id,
  name: row.name,
  displayName: row.display_name,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

@Injectable()
export class CreateTenant {
  constructor(private readonly change: RecordedChange) {}

  /** Throws tenant.exists. */
  execute(principal: Principal, input: { name: string; displayName?: string | null }): Promise<TenantEntry> {
    return this.change.run(principal, async (tx) => {
      const row = await insertTenant(tx, {
        id: randomUUID(),
        name: input.name,
        display_name: input.displayName ?? null,
      });
      if (!row) throw tenantExists(`A tenant "${input.name}" exists.`);
      return {
        result: entryOf(row),
        action: 'tenant.create',
        target: { type: 'tenant', name: row.name },
        project: null,
        tenantId: row.id,
        signals: [`tenant/${row.id}`],
      };
    });
  }
}

@Injectable()
export class UpdateTenant {
  constructor(private readonly change: RecordedChange) {}

  execute(
    principal: Principal,
    tenant: TenantRef,
    input: { displayName?: string | null },
    expect: Expectation,
  ): Promise<TenantEntry> {
    return this.change.run(principal, async (tx) => {
      const present = await lockTenant(tx, tenant.id);
      if (!present) throw unseen('tenant', tenant.name);
      expect(tenantVersion(entryOf(present)));
      const row =
        input.displayName === undefined
          ? present
          : await updateTenant(tx, tenant.id, { display_name: input.displayName });
      return {
        result: entryOf(row),
        action: 'tenant.update',
        target: { type: 'tenant', name: row.name },
        project: null,
        tenantId: row.id,
        signals: [`tenant/${row.id}`],
      };
    });
  }
}

@Injectable()
export class DeleteTenant {
  constructor(private readonly change: RecordedChange) {}

  /** Throws tenant.not_empty while it has projects; its service accounts and their tokens end with it. */
  execute(principal: Principal, tenant: TenantRef, expect: Expectation): Promise<void> {
    return this.change.run(principal, async (tx) => {
      const present = await lockTenant(tx, tenant.id);
      if (!present) throw unseen('tenant', tenant.name);
      expect(tenantVersion(entryOf(present)));
      const projects = await projectNames(tx, tenant.id);
      if (projects.length > 0) {
        throw tenantNotEmpty(`Tenant "${tenant.name}" still has projects: ${projects.length}.`, {
          details: { projects: projects.slice(0, 50) },
        });
      }
      const accounts = await serviceAccountsOf(tx.tables<AccessTables>(), tenant.id);
      await deleteTenant(tx, tenant.id);
      return {
        result: undefined,
        action: 'tenant.delete',
        target: { type: 'tenant', name: tenant.name },
        project: null,
        tenantId: tenant.id,
        signals: [`tenant/${tenant.id}`, ...accounts.map(({ id }) => `account/${id}`)],
      };
    });
  }
}

export function tenantVersion(tenant: TenantEntry): string {
  return `tenant/${tenant.id}/${tenant.version}`;
}
