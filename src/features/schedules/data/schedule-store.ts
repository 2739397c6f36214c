import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../../../platform/database/database.js';
import type { Schedule } from '../domain/schedule.js';
import { fromSchedule, type ScheduleTables, toSchedule } from './schedule-tables.js';

/** This room's SQL on schedules. */
@Injectable()
export class ScheduleStore {
  constructor(private readonly database: Database) {}

  /** By name, by code unit as pages compare. */
  async ofProject(projectId: string): Promise<Schedule[]> {
    const rows = await this.database
      .tables<ScheduleTables>()
      .selectFrom('snapshot_schedule')
      .selectAll()
      .where('project_id', '=', projectId)
      .execute();
    return rows.map(toSchedule).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async byName(projectId: string, name: string): Promise<Schedule | null> {
    const row = await this.database
      .tables<ScheduleTables>()
      .selectFrom('snapshot_schedule')
      .selectAll()
      .where('project_id', '=', projectId)
      .where('name', '=', name)
      .executeTakeFirst();
    return row ? toSchedule(row) : null;
  }

  async byId(id: string): Promise<Schedule | null> {
    const row = await this.database
      .tables<ScheduleTables>()
      .selectFrom('snapshot_schedule')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row ? toSchedule(row) : null;
  }

  /** The row is this transaction's until it ends. */
  async lock(tx: Tx, projectId: string, name: string): Promise<Schedule | null> {
    const row = await tx
      .tables<ScheduleTables>()
      .selectFrom('snapshot_schedule')
      .selectAll()
      .where('project_id', '=', projectId)
      .where('name', '=', name)
      .forUpdate()
      .executeTakeFirst();
    return row ? toSchedule(row) : null;
  }

  /** The longest due one that nobody else is at. */
  async lockDue(tx: Tx, now: Date): Promise<Schedule | null> {
    const row = await tx
      .tables<ScheduleTables>()
      .selectFrom('snapshot_schedule')
      .selectAll()
      .where('suspended', '=', false)
      .where('next_run_at', '<=', now)
      .orderBy('next_run_at')
      .limit(1)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    return row ? toSchedule(row) : null;
  }

  async count(tx: Tx, projectId: string): Promise<number> {
    const { total } = await tx
      .tables<ScheduleTables>()
      .selectFrom('snapshot_schedule')
      .select(({ fn }) => fn.countAll<string>().as('total'))
      .where('project_id', '=', projectId)
      .executeTakeFirstOrThrow();
    return Number(total);
  }

  /** False where the project has one of this name. */
  async insert(tx: Tx, schedule: Schedule): Promise<boolean> {
    const row = await tx
      .tables<ScheduleTables>()
      .insertInto('snapshot_schedule')
      .values({ ...fromSchedule(schedule), id: schedule.id, created_at: schedule.createdAt })
      .onConflict((conflict) => conflict.columns(['project_id', 'name']).doNothing())
      .returning('id')
      .executeTakeFirst();
    return row !== undefined;
  }

  async write(tx: Tx, schedule: Schedule): Promise<Schedule> {
    const row = await tx
      .tables<ScheduleTables>()
      .updateTable('snapshot_schedule')
      .set((eb) => ({ ...fromSchedule(schedule), version: eb('version', '+', 1) }))
      .where('id', '=', schedule.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return toSchedule(row);
  }

  /** Only the clock went on: nothing that anybody changed, so the version stays. */
  async setNextRun(tx: Tx, id: string, next: Date | null): Promise<void> {
    await tx
      .tables<ScheduleTables>()
      .updateTable('snapshot_schedule')
      .set({ next_run_at: next })
      .where('id', '=', id)
      .execute();
  }

  async suspend(tx: Tx, id: string, reason: string, now: Date): Promise<void> {
    await tx
      .tables<ScheduleTables>()
      .updateTable('snapshot_schedule')
      .set((eb) => ({
        suspended: true,
        suspended_reason: reason,
        next_run_at: null,
        updated_at: now,
        version: eb('version', '+', 1),
      }))
      .where('id', '=', id)
      .execute();
  }

  async delete(tx: Tx, id: string): Promise<void> {
    await tx.tables<ScheduleTables>().deleteFrom('snapshot_schedule').where('id', '=', id).execute();
  }
}
