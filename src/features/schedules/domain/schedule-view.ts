import type { Run, RunMachine, RunState, Schedule, Selector } from './schedule.js';
import { nextRuns } from './timetable.js';

/** A run as it is answered. Times are RFC 3339. */
export interface RunView {
  id: string;
  scheduledFor: string;
  state: RunState;
  missedRuns: number;
  reason: string | null;
  machines: RunMachine[];
  deletedSnapshots: string[];
  startedAt: string;
  finishedAt: string | null;
}

/** A schedule as it is answered. Times are RFC 3339. */
export interface ScheduleView {
  id: string;
  name: string;
  project: string;
  cron: string;
  timeZone: string;
  keepLast: number | null;
  keepDaily: number | null;
  keepWeekly: number | null;
  keepMonthly: number | null;
  selector: Selector;
  suspended: boolean;
  suspendedReason: string | null;
  owner: { type: string; id: string; name: string };
  nextRuns: string[];
  lastRun: RunView | null;
  createdAt: string;
  updatedAt: string;
}

const runView = (run: Run): RunView => ({
  id: run.id,
  scheduledFor: run.scheduledFor.toISOString(),
  state: run.state,
  missedRuns: run.missedRuns,
  reason: run.reason,
  machines: run.machines,
  deletedSnapshots: run.deletedSnapshots,
  startedAt: run.startedAt.toISOString(),
  finishedAt: run.finishedAt?.toISOString() ?? null,
});

export function scheduleView(
  schedule: Schedule,
  lastRun: Run | null,
  { project, now }: { project: string; now: Date },
): ScheduleView {
  const { cron, timeZone, keep, suspended } = schedule;
  return {
    id: schedule.id,
    name: schedule.name,
    project,
    cron,
    timeZone,
    keepLast: keep.last,
    keepDaily: keep.daily,
    keepWeekly: keep.weekly,
    keepMonthly: keep.monthly,
    selector: schedule.selector,
    suspended,
    suspendedReason: schedule.suspendedReason,
    owner: schedule.owner,
    nextRuns: suspended ? [] : nextRuns(cron, timeZone, now).map((time) => time.toISOString()),
    lastRun: lastRun && runView(lastRun),
    createdAt: schedule.createdAt.toISOString(),
    updatedAt: schedule.updatedAt.toISOString(),
  };
}
