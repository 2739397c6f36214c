import type { Generated, JSONColumnType, Selectable } from 'kysely';
import type { Run, RunMachine, RunMachineState, RunState, Schedule } from '../domain/schedule.js';

export interface ScheduleTable {
  id: string;
  project_id: string;
  name: string;
  cron: string;
  time_zone: string;
  keep_last: number | null;
  keep_daily: number | null;
  keep_weekly: number | null;
  keep_monthly: number | null;
  match_labels: JSONColumnType<Record<string, string>>;
  suspended: boolean;
  suspended_reason: string | null;
  owner_type: string;
  owner_id: string;
  owner_name: string;
  next_run_at: Date | null;
  version: Generated<number>;
  created_at: Date;
  updated_at: Date;
}

export interface RunTable {
  id: string;
  schedule_id: string;
  scheduled_for: Date;
  state: RunState;
  missed_runs: number;
  reason: string | null;
  deleted_snapshots: Generated<string[]>;
  started_at: Date;
  finished_at: Date | null;
}

export interface RunMachineTable {
  run_id: string;
  vm_name: string;
  snapshot_name: string;
  state: RunMachineState;
  operation_id: string | null;
  reason: string | null;
}

export interface ScheduleTables {
  snapshot_schedule: ScheduleTable;
  snapshot_schedule_run: RunTable;
  snapshot_schedule_run_machine: RunMachineTable;
}

export const toSchedule = (row: Selectable<ScheduleTable>): Schedule => ({
  id: row.id,
  projectId: row.project_id,
  name: row.name,
  cron: row.cron,
  timeZone: row.time_zone,
  keep: { last: row.keep_last, daily: row.keep_daily, weekly: row.keep_weekly, monthly: row.keep_monthly },
  selector: { matchLabels: row.match_labels },
  suspended: row.suspended,
  suspendedReason: row.suspended_reason,
  owner: { type: row.owner_type, id: row.owner_id, name: row.owner_name },
  nextRunAt: row.next_run_at,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** Without what counts and dates it: those are the store's. */
export const fromSchedule = (schedule: Schedule) => ({
  project_id: schedule.projectId,
  name: schedule.name,
  cron: schedule.cron,
  time_zone: schedule.timeZone,
  keep_last: schedule.keep.last,
  keep_daily: schedule.keep.daily,
  keep_weekly: schedule.keep.weekly,
  keep_monthly: schedule.keep.monthly,
  match_labels: JSON.stringify(schedule.selector.matchLabels),
  suspended: schedule.suspended,
  suspended_reason: schedule.suspendedReason,
  owner_type: schedule.owner.type,
  owner_id: schedule.owner.id,
  owner_name: schedule.owner.name,
  next_run_at: schedule.nextRunAt,
  updated_at: schedule.updatedAt,
});

export const toMachine = (row: Selectable<RunMachineTable>): RunMachine => ({
  virtualMachine: row.vm_name,
  state: row.state,
  snapshot: row.snapshot_name,
  operation: row.operation_id,
  reason: row.reason,
});

export const toRun = (row: Selectable<RunTable>, machines: RunMachine[]): Run => ({
  id: row.id,
  scheduleId: row.schedule_id,
  scheduledFor: row.scheduled_for,
  state: row.state,
  missedRuns: row.missed_runs,
  reason: row.reason,
  deletedSnapshots: row.deleted_snapshots,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
  machines,
});
