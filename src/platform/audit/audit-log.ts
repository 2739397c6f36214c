import { Injectable } from '@nestjs/common';
import type { JSONColumnType } from 'kysely';
import type { Principal, ProjectRef } from '../../kernel/principal.js';
import { currentContext } from '../context/request-context.js';
import type { Tx } from '../database/database.js';
import { timeOrderedId } from '../identifiers/time-ordered-id.js';

export interface AuditEntry {
  actor: Pick<Principal, 'id' | 'type' | 'name' | 'tokenId'>;
  /** What was asked, in the words of permissions and operation kinds: `vm.create`, `token.revoke`. */
  action: string;
  target: { type: string; name: string };
  project: (Pick<ProjectRef, 'id' | 'name'> & { tenantId?: string }) | null;
  /** `accepted`, or how it ended: `succeeded`, `failed`, `cancelled`. */
  result: string;
  /** Facts without secrets and without user data. */
  details?: Record<string, unknown>;
}

export interface AuditTables {
  audit_record: {
    id: string;
    at: Date;
    actor_type: string;
    actor_id: string;
    actor_name: string;
    token_id: string | null;
    action: string;
    target_type: string;
    target_name: string;
    tenant_id: string | null;
    project_id: string | null;
    request_id: string;
    source_address: string | null;
    result: string;
    details: JSONColumnType<Record<string, unknown>>;
  };
}

/** Appends in the transaction of the deed: neither exists without the other. */
@Injectable()
export class AuditLog {
  async append(tx: Tx, { actor, action, target, project, result, details = {} }: AuditEntry): Promise<void> {
    const context = currentContext();
    const at = new Date();
    await tx
      .tables<AuditTables>()
      .insertInto('audit_record')
      .values({
        id: timeOrderedId(at),
        at,
        actor_type: actor.type,
        actor_id: actor.id,
        actor_name: actor.name,
        token_id: actor.tokenId,
        action,
        target_type: target.type,
        target_name: target.name,
        tenant_id: project?.tenantId ?? null,
        project_id: project?.id ?? null,
        request_id: context?.requestId ?? 'none',
        source_address: context?.sourceAddress ?? null,
        result,
        details: JSON.stringify(details),
      })
      .execute();
  }
}
