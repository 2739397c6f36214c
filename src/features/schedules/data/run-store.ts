import { Injectable } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import { Database, type Tx } from '../../../platform/database/database.js';
import type { Run, RunMachine, RunState } from '../domain/schedule.js';
import { type ScheduleTables, toMachine, toRun } from './schedule-tables.js';

/** Runs of a schedule that are remembered. */
const KEEP_RUNS = 20;
/** A statement has 65535 parameters at most. */
const ROWS_AT_ONCE = 1000;

/** This room's SQL on runs. */
@Injectable()
export class RunStore {
  constructor(private readonly database: Database) {}

  /** The newest run of each, by the id of its schedule. */
  async newest(scheduleIds: readonly string[]): Promise<Map<string, Run>> {
    if (scheduleIds.length === 0) return new Map();
    const tables = this.database.tables<ScheduleTables>();
    const rows = await tables
      .selectFrom('snapshot_schedule_run')
      .selectAll()
      .distinctOn('schedule_id')
      .where('schedule_id', '=', sql<string>`any(${scheduleIds}::text[])`)
      .orderBy('schedule_id')
      .orderBy('scheduled_for', 'desc')
      .orderBy('id', 'desc')
      .execute();
    const machines = await machinesOf(
      tables,
      rows.map(({ id }) => id),
    );
    return new Map(rows.map((row) => [row.schedule_id, toRun(row, machines.get(row.id) ?? [])]));
  }

  async unfinished(): Promise<Run[]> {
    const tables = this.database.tables<ScheduleTables>();
    const rows = await tables
      .selectFrom('snapshot_schedule_run')
      .selectAll()
      .where('state', '=', 'RUNNING')
      .orderBy('id')
      .execute();
    const machines = await machinesOf(
      tables,
      rows.map(({ id }) => id),
    );
    return rows.map((row) => toRun(row, machines.get(row.id) ?? []));
  }

  async unfinishedOf(tx: Tx, scheduleId: string): Promise<{ scheduledFor: Date } | null> {
    const row = await tx
      .tables<ScheduleTables>()
      .selectFrom('snapshot_schedule_run')
      .select('scheduled_for')
      .where('schedule_id', '=', scheduleId)
      .where('state', '=', 'RUNNING')
      .executeTakeFirst();
    return row ? { scheduledFor: row.scheduled_for } : null;
  }

  async insert(tx: Tx, run: Run): Promise<void> {
    const tables = tx.tables<ScheduleTables>();
    await tables
      .insertInto('snapshot_schedule_run')
      .values({
        id: run.id,
        schedule_id: run.scheduleId,
        scheduled_for: run.scheduledFor,
        state: run.state,
        missed_runs: run.missedRuns,
        reason: run.reason,
        started_at: run.startedAt,
        finished_at: run.finishedAt,
      })
      .execute();
    for (let from = 0; from < run.machines.length; from += ROWS_AT_ONCE) {
      await tables
        .insertInto('snapshot_schedule_run_machine')
        .values(run.machines.slice(from, from + ROWS_AT_ONCE).map((machine) => fromMachine(run.id, machine)))
        .execute();
    }
    await this.forget(tx, run.scheduleId);
  }

  /** True while the machine still waits for its turn; its row is then this transaction's. */
  async lockPending(tx: Tx, runId: string, machine: string): Promise<boolean> {
    const row = await tx
      .tables<ScheduleTables>()
      .selectFrom('snapshot_schedule_run_machine')
      .select('vm_name')
      .where('run_id', '=', runId)
      .where('vm_name', '=', machine)
      .where('state', '=', 'PENDING')
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    return row !== undefined;
  }

  async writeMachine(
    tables: Kysely<ScheduleTables>,
    runId: string,
    { virtualMachine, state, operation, reason }: RunMachine,
  ): Promise<void> {
    await tables
      .updateTable('snapshot_schedule_run_machine')
      .set({ state, operation_id: operation, reason })
      .where('run_id', '=', runId)
      .where('vm_name', '=', virtualMachine)
      .execute();
  }

  /** False where it has ended before. */
  async lockRunning(tx: Tx, id: string): Promise<boolean> {
    const row = await tx
      .tables<ScheduleTables>()
      .selectFrom('snapshot_schedule_run')
      .select('id')
      .where('id', '=', id)
      .where('state', '=', 'RUNNING')
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    return row !== undefined;
  }

  async finish(
    tx: Tx,
    id: string,
    end: { state: RunState; reason: string | null; deletedSnapshots: string[]; at: Date },
  ): Promise<void> {
    await tx
      .tables<ScheduleTables>()
      .updateTable('snapshot_schedule_run')
      .set({
        state: end.state,
        reason: end.reason,
        deleted_snapshots: end.deletedSnapshots,
        finished_at: end.at,
      })
      .where('id', '=', id)
      .execute();
  }

  private async forget(tx: Tx, scheduleId: string): Promise<void> {
    const tables = tx.tables<ScheduleTables>();
    await tables
      .deleteFrom('snapshot_schedule_run')
      .where('schedule_id', '=', scheduleId)
      .where('state', '<>', 'RUNNING')
      .where('id', 'not in', (eb) =>
        eb
          .selectFrom('snapshot_schedule_run')
          .select('id')
          .where('schedule_id', '=', scheduleId)
          .orderBy('scheduled_for', 'desc')
          .orderBy('id', 'desc')
          .limit(KEEP_RUNS),
      )
      .execute();
  }
}

async function machinesOf(
  tables: Kysely<ScheduleTables>,
  runIds: readonly string[],
): Promise<Map<string, RunMachine[]>> {
  const found = new Map<string, RunMachine[]>();
  if (runIds.length === 0) return found;
  const rows = await tables
    .selectFrom('snapshot_schedule_run_machine')
    .selectAll()
    .where('run_id', '=', sql<string>`any(${runIds}::text[])`)
    .orderBy('vm_name')
    .execute();
  for (const row of rows) {
    const known = found.get(row.run_id) ?? [];
    known.push(toMachine(row));
    found.set(row.run_id, known);
  }
  return found;
}

const fromMachine = (runId: string, machine: RunMachine) => ({
  run_id: runId,
  vm_name: machine.virtualMachine,
  snapshot_name: machine.snapshot,
  state: machine.state,
  operation_id: machine.operation,
  reason: machine.reason,
});
