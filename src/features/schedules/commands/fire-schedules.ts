import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { Database, type Tx } from '../../../platform/database/database.js';
import { timeOrderedId } from '../../../platform/identifiers/time-ordered-id.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { MachineLabels } from '../data/machine-labels.js';
import { RunStore } from '../data/run-store.js';
import { ScheduleStore } from '../data/schedule-store.js';
import { type Run, type RunMachine, type Schedule, selects } from '../domain/schedule.js';
import { snapshotName } from '../domain/snapshot-name.js';
import { catchUp } from '../domain/timetable.js';

/** What a schedule is about at this moment. */
@Injectable()
export class ScheduledMachines {
  constructor(
    private readonly projects: ProjectDirectory,
    private readonly labels: MachineLabels,
  ) {}

  /** Null while nothing can be done in the project. */
  of(schedule: Schedule, at: Date): RunMachine[] | null {
    const project = this.projects.byId(schedule.projectId);
    if (project?.state !== 'Active') return null;
    return this.labels
      .of(project)
      .filter(({ labels }) => selects(schedule.selector, labels))
      .map(({ name }) => ({
        virtualMachine: name,
        state: 'PENDING',
        snapshot: snapshotName(schedule, name, at),
        operation: null,
        reason: null,
      }));
  }
}

/** Begins the runs that are due: each once, in one transaction with the schedule's next time. */
@Injectable()
export class FireSchedules {
  constructor(
    private readonly database: Database,
    private readonly schedules: ScheduleStore,
    private readonly runs: RunStore,
    private readonly machines: ScheduledMachines,
    private readonly clock: Clock,
  ) {}

  /** The id of the schedule that was fired; null when none is due. */
  next(): Promise<string | null> {
    return this.database.transaction(async (tx) => {
      const now = this.clock.now();
      const schedule = await this.schedules.lockDue(tx, now);
      if (!schedule) return null;
      const { scheduledFor, missed, next } = catchUp(schedule, schedule.nextRunAt ?? now, now);
      const run: Run = {
        id: timeOrderedId(now),
        scheduleId: schedule.id,
        scheduledFor,
        missedRuns: missed,
        deletedSnapshots: [],
        startedAt: now,
        ...(await this.#start(tx, schedule, scheduledFor, now)),
      };
      await this.runs.insert(tx, run);
      await this.schedules.setNextRun(tx, schedule.id, next);
      return schedule.id;
    });
  }

  async #start(
    tx: Tx,
    schedule: Schedule,
    scheduledFor: Date,
    now: Date,
  ): Promise<Pick<Run, 'state' | 'reason' | 'machines' | 'finishedAt'>> {
    const skipped = (reason: string) => ({
      state: 'SKIPPED' as const,
      reason,
      machines: [],
      finishedAt: now,
    });
    const earlier = await this.runs.unfinishedOf(tx, schedule.id);
    if (earlier) {
      return skipped(`The run of ${earlier.scheduledFor.toISOString()} was still in progress.`);
    }
    const machines = this.machines.of(schedule, scheduledFor);
    if (machines === null) return skipped('The project is not ready, or is being deleted.');
    if (machines.length === 0) return skipped('The selector matches no virtual machine.');
    return { state: 'RUNNING', reason: null, machines, finishedAt: null };
  }
}
