import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import type { ProjectRef } from '../../../kernel/principal.js';
import { Sealer } from '../../../platform/crypto/sealer.js';
import { Database, type Tx } from '../../../platform/database/database.js';
import type { Change } from '../domain/decide.js';
import { type QueuedAsk, type StoredOperation, toView } from '../domain/operation.js';
import type { OperationRecord } from '../operations.contract.js';
import { openRow, toRow } from './operation-rows.js';
import type { OperationTables } from './operation-tables.js';

type Answer = OperationRecord['asked'][string];

/** What is written beside what clients see. */
export interface Machinery {
  queued?: { step: string; ask: QueuedAsk };
  answered?: { step: string; answer: Answer };
  /** A step to be asked anew: its earlier answer no longer counts. */
  forget?: string;
}

/** This room's SQL that changes operations, and what it takes to decide on one. */
@Injectable()
export class OperationStore {
  constructor(
    private readonly database: Database,
    private readonly sealer: Sealer,
  ) {}

  /** False when the target has an unfinished operation, or the idempotency id an operation; waits for who is at it. */
  async insert(tx: Tx, operation: StoredOperation): Promise<boolean> {
    const inserted = await tx
      .tables<OperationTables>()
      .insertInto('operation')
      .values(toRow(operation, this.sealer))
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    if (inserted) await this.tell(tx, operation);
    return inserted !== undefined;
  }

  async find(id: string): Promise<StoredOperation | null> {
    const row = await this.database
      .tables<OperationTables>()
      .selectFrom('operation')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row ? openRow(row, this.sealer) : null;
  }

  async lock(tx: Tx, id: string): Promise<StoredOperation | null> {
    const row = await tx
      .tables<OperationTables>()
      .selectFrom('operation')
      .selectAll()
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    return row ? openRow(row, this.sealer) : null;
  }

  async lockUnfinishedOn(
    tx: Tx,
    project: ProjectRef,
    target: { type: string; name: string },
  ): Promise<StoredOperation | null> {
    const row = await tx
      .tables<OperationTables>()
      .selectFrom('operation')
      .selectAll()
      .where('project_id', '=', project.id)
      .where('target_type', '=', target.type)
      .where('target_name', '=', target.name)
      .where('finished_at', 'is', null)
      .forUpdate()
      .executeTakeFirst();
    return row ? openRow(row, this.sealer) : null;
  }

  async findByIdempotency(tx: Tx, idempotencyId: string): Promise<StoredOperation | null> {
    const row = await tx
      .tables<OperationTables>()
      .selectFrom('operation')
      .selectAll()
      .where('idempotency_id', '=', idempotencyId)
      .executeTakeFirst();
    return row ? openRow(row, this.sealer) : null;
  }

  /**
   * Writes a change on top of the version that it was decided on, and tells it. False, with nothing written, when the
   * operation has gone on or settled since.
   */
  async write(
    tx: Tx,
    operation: StoredOperation,
    change: Change,
    machinery: Machinery = {},
  ): Promise<boolean> {
    const next: StoredOperation = { ...operation, ...change, version: operation.version + 1 };
    const written = await tx
      .tables<OperationTables>()
      .updateTable('operation')
      .set({
        state: next.state,
        steps: JSON.stringify(next.steps),
        progress: next.progress,
        progress_at: next.progressAt,
        cancel_requested: next.cancelRequested,
        error: next.error && JSON.stringify(next.error),
        result: next.result && JSON.stringify(next.result),
        next_check_at: next.nextCheckAt,
        started_at: next.startedAt,
        finished_at: next.finishedAt,
        version: next.version,
        queued: queuedAfter(machinery),
        asked: askedAfter(machinery),
      })
      .where('id', '=', operation.id)
      .where('version', '=', operation.version)
      .where('finished_at', 'is', null)
      .returning('id')
      .executeTakeFirst();
    if (!written) return false;
    await this.tell(tx, next);
    return true;
  }

  /** Notes that a worker is at a step, or no longer is. Nothing that anybody can see: the version stays. */
  async noteAsking(id: string, step: string, since: Date | null): Promise<void> {
    await this.database
      .tables<OperationTables>()
      .updateTable('operation')
      .set({ queued: sql`jsonb_set(queued, ${[step, 'asking']}::text[], ${JSON.stringify(since)}::jsonb)` })
      .where('id', '=', id)
      .where('finished_at', 'is', null)
      .execute();
  }

  async noteNextCheck(operation: StoredOperation, at: Date | null): Promise<void> {
    await this.database
      .tables<OperationTables>()
      .updateTable('operation')
      .set({ next_check_at: at })
      .where('id', '=', operation.id)
      .where('version', '=', operation.version)
      .where('finished_at', 'is', null)
      .execute();
  }

  async unfinishedIds(dueBefore?: Date): Promise<string[]> {
    let query = this.database
      .tables<OperationTables>()
      .selectFrom('operation')
      .select('id')
      .where('finished_at', 'is', null);
    if (dueBefore) query = query.where('next_check_at', '<=', dueBefore);
    return (await query.execute()).map(({ id }) => id);
  }

  /** Deletes what settled before; returns how many. */
  async prune(finishedBefore: Date): Promise<number> {
    const result = await this.database
      .tables<OperationTables>()
      .deleteFrom('operation')
      .where('finished_at', '<', finishedBefore)
      .executeTakeFirst();
    return Number(result.numDeletedRows);
  }

  /** What clients see at this version, kept for streams; then the signal, which carries only the id. */
  private async tell(tx: Tx, operation: StoredOperation): Promise<void> {
    await tx
      .tables<OperationTables>()
      .insertInto('operation_change')
      .values({
        operation_id: operation.id,
        version: operation.version,
        view: JSON.stringify(toView(operation)),
      })
      .execute();
    await this.database.notify(tx, 'operation', operation.id);
  }
}

/** Merged in the database, so that the note of a worker at work is not overwritten by what was read before it. */
function queuedAfter({ queued, answered }: Machinery): RawBuilder<string> {
  if (queued) return sql`queued || ${JSON.stringify({ [queued.step]: queued.ask })}::jsonb`;
  if (answered) return sql`jsonb_set(queued, ${[answered.step, 'asking']}::text[], 'null'::jsonb)`;
  return sql`queued`;
}

function askedAfter({ answered, forget }: Machinery): RawBuilder<string> {
  if (answered) return sql`asked || ${JSON.stringify({ [answered.step]: answered.answer })}::jsonb`;
  if (forget) return sql`asked - ${forget}::text`;
  return sql`asked`;
}
