import { Injectable } from '@nestjs/common';
import type { Principal, ProjectRef } from '../../kernel/principal.js';
import { currentContext } from '../context/request-context.js';
import type { Tx } from '../database/database.js';
import { timeOrderedId } from '../identifiers/time-ordered-id.js';
import { AuditKeys } from './audit-keys.js';
import type { AuditTables } from './audit-tables.js';

export interface AuditEntry {
  actor: Pick<Principal, 'id' | 'type' | 'name' | 'tokenId'>;
  /** What was asked, in the words of permissions and operation kinds: `vm.create`, `token.revoke`. */
  action: string;
  target: { type: string; name: string };
  project: (Pick<ProjectRef, 'id' | 'name'> & { tenantId?: string }) | null;
  /** Whose it is, where it is no project's; null or absent: the platform's. */
  tenantId?: string | null;
  /** `accepted`, or how it ended: `succeeded`, `failed`, `cancelled`; `refused` where the right was missing. */
  result: string;
  /** Facts without secrets and without user data. */
  details?: Record<string, unknown>;
}

/** Appends in the transaction of the deed: neither exists without the other. */
@Injectable()
export class AuditLog {
  constructor(private readonly keys: AuditKeys) {}

  async append(tx: Tx, entry: AuditEntry): Promise<void> {
    const { actor, action, target, project, result } = entry;
    const context = currentContext();
    const at = new Date();
    const fields = result === 'accepted' ? context?.fields : undefined;
    // As the database will give it back: without what JSON does not know.
    const details = JSON.parse(JSON.stringify({ ...(fields ? { fields } : {}), ...entry.details }));
    const record = {
      id: timeOrderedId(at),
      at,
      actor_type: actor.type,
      actor_id: actor.id,
      actor_name: actor.name,
      token_id: actor.tokenId,
      action,
      target_type: target.type,
      target_name: target.name,
      tenant_id: project?.tenantId ?? entry.tenantId ?? null,
      project_id: project?.id ?? null,
      request_id: context?.requestId ?? 'none',
      source_address: context?.sourceAddress ?? null,
      result,
      details,
    };
    await tx
      .tables<AuditTables>()
      .insertInto('audit_record')
      .values({ ...record, details: JSON.stringify(details), mac: this.keys.ofRecord(record) })
      .execute();
  }
}
