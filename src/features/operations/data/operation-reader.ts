import { Injectable } from '@nestjs/common';
import { type SelectQueryBuilder, sql } from 'kysely';
import type { ProjectRef } from '../../../kernel/principal.js';
import { Database } from '../../../platform/database/database.js';
import { toView } from '../domain/operation.js';
import type { OperationState, OperationView } from '../operations.contract.js';
import { fromRow } from './operation-rows.js';
import type { OperationRow, OperationTables } from './operation-tables.js';

const SHOWN = [
  'id',
  'kind',
  'queue',
  'state',
  'project',
  'project_id',
  'target_type',
  'target_name',
  'steps',
  'asked',
  'queued',
  'warnings',
  'progress',
  'progress_at',
  'cancellable',
  'cancel_requested',
  'requested_by',
  'request_id',
  'source_address',
  'idempotency_id',
  'error',
  'result',
  'version',
  'next_check_at',
  'created_at',
  'started_at',
  'finished_at',
] as const satisfies (keyof OperationRow)[];

export interface OperationFilter {
  projectIds: readonly string[];
  targetType?: string;
  targetName?: string;
  kind?: string;
  state?: OperationState;
}

export interface FoundOperation {
  view: OperationView;
  version: number;
  project: ProjectRef;
}

/** What is shown of operations; never opens an input. */
@Injectable()
export class OperationReader {
  constructor(private readonly database: Database) {}

  async find(id: string): Promise<FoundOperation | null> {
    const row = await this.tables
      .selectFrom('operation')
      .select(SHOWN)
      .where('id', '=', id)
      .executeTakeFirst();
    return row ? { view: toView(fromRow(row)), version: row.version, project: row.project } : null;
  }

  async unfinishedOn(projectId: string, target: { type: string; name: string }): Promise<OperationView[]> {
    const rows = await this.tables
      .selectFrom('operation')
      .select(SHOWN)
      .where('project_id', '=', projectId)
      .where('target_type', '=', target.type)
      .where('target_name', '=', target.name)
      .where('finished_at', 'is', null)
      .execute();
    return rows.map((row) => toView(fromRow(row)));
  }

  /** Newest first. One more than `limit` where there are more. */
  async list(filter: OperationFilter, afterId: string | null, limit: number): Promise<OperationView[]> {
    let query = filtered(this.tables.selectFrom('operation'), filter).select(SHOWN);
    if (afterId !== null) query = query.where('id', '<', afterId);
    const rows = await query
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute();
    return rows.map((row) => toView(fromRow(row)));
  }

  async count(filter: OperationFilter): Promise<number> {
    const row = await filtered(this.tables.selectFrom('operation'), filter)
      .select(sql<string>`count(*)`.as('total'))
      .executeTakeFirstOrThrow();
    return Number(row.total);
  }

  /** What clients have been able to see after a version, oldest first. */
  async changesAfter(id: string, version: number): Promise<{ version: number; view: OperationView }[]> {
    return this.tables
      .selectFrom('operation_change')
      .select(['version', 'view'])
      .where('operation_id', '=', id)
      .where('version', '>', version)
      .orderBy('version')
      .execute();
  }

  private get tables() {
    return this.database.tables<OperationTables>();
  }
}

function filtered(
  from: SelectQueryBuilder<OperationTables, 'operation', object>,
  filter: OperationFilter,
): SelectQueryBuilder<OperationTables, 'operation', object> {
  let query = from.where('project_id', '=', sql<string>`any(${filter.projectIds}::text[])`);
  if (filter.targetType !== undefined) query = query.where('target_type', '=', filter.targetType);
  if (filter.targetName !== undefined) query = query.where('target_name', '=', filter.targetName);
  if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  return query;
}
