import { Injectable } from '@nestjs/common';
import { type Selectable, type SelectQueryBuilder, sql } from 'kysely';
import type { AuditTables } from '../../../platform/audit/audit-tables.js';
import { Database } from '../../../platform/database/database.js';
import type { Reach } from '../../access/access.contract.js';

export type AuditRow = Omit<Selectable<AuditTables['audit_record']>, 'mac'>;

export interface AuditFilter {
  /** Whose records may be read at all. */
  reach: Reach;
  tenantId?: string;
  projectId?: string;
  /** Id or name. */
  actor?: string;
  /** `vm.create`; `vm.*` for all that begin so. */
  action?: string;
  result?: string;
  requestId?: string;
  from?: Date;
  /** Not included. */
  to?: Date;
}

const SHOWN = [
  'id',
  'at',
  'actor_type',
  'actor_id',
  'actor_name',
  'token_id',
  'action',
  'target_type',
  'target_name',
  'tenant_id',
  'project_id',
  'request_id',
  'source_address',
  'result',
  'details',
] as const satisfies (keyof AuditRow)[];

/** Reads what the audit log holds; ids sort by time. */
@Injectable()
export class AuditReader {
  constructor(private readonly database: Database) {}

  /** Newest first. One more than `limit` where there are more. */
  newest(filter: AuditFilter, beforeId: string | null, limit: number): Promise<AuditRow[]> {
    let query = filtered(this.tables.selectFrom('audit_record'), filter).select(SHOWN);
    if (beforeId !== null) query = query.where('id', '<', beforeId);
    return query
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();
  }

  /** Oldest first, for a reader that wants all of them. */
  oldest(filter: AuditFilter, afterId: string | null, limit: number): Promise<AuditRow[]> {
    let query = filtered(this.tables.selectFrom('audit_record'), filter).select(SHOWN);
    if (afterId !== null) query = query.where('id', '>', afterId);
    return query.orderBy('id').limit(limit).execute();
  }

  async count(filter: AuditFilter): Promise<number> {
    const row = await filtered(this.tables.selectFrom('audit_record'), filter)
      .select(sql<string>`count(*)`.as('total'))
      .executeTakeFirstOrThrow();
    return Number(row.total);
  }

  private get tables() {
    return this.database.tables<AuditTables>();
  }
}

function filtered(
  from: SelectQueryBuilder<AuditTables, 'audit_record', object>,
  { reach, ...filter }: AuditFilter,
): SelectQueryBuilder<AuditTables, 'audit_record', object> {
  let query = from;
  if (!reach.everywhere) {
    query = query.where((eb) =>
      eb.or([
        eb('tenant_id', '=', sql<string>`any(${reach.tenantIds}::text[])`),
        eb('project_id', '=', sql<string>`any(${reach.projectIds}::text[])`),
      ]),
    );
  }
  if (filter.tenantId !== undefined) query = query.where('tenant_id', '=', filter.tenantId);
  if (filter.projectId !== undefined) query = query.where('project_id', '=', filter.projectId);
  const { actor, action } = filter;
  if (actor !== undefined)
    query = query.where((eb) => eb.or([eb('actor_id', '=', actor), eb('actor_name', '=', actor)]));
  if (action?.endsWith('*')) query = query.where(sql<boolean>`starts_with(action, ${action.slice(0, -1)})`);
  else if (action !== undefined) query = query.where('action', '=', action);
  if (filter.result !== undefined) query = query.where('result', '=', filter.result);
  if (filter.requestId !== undefined) query = query.where('request_id', '=', filter.requestId);
  if (filter.from) query = query.where('at', '>=', filter.from);
  if (filter.to) query = query.where('at', '<', filter.to);
  return query;
}
