import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { timeOrderedId } from '../../../platform/identifiers/time-ordered-id.js';
import { type Caller } from '../../operations/outcome.contract.js';
import { ScheduleStore } from '../data/schedule-store.js';
import type { Keep, Schedule, Selector } from '../domain/schedule.js';
import { scheduleExists, scheduleLimit } from '../domain/schedule-failures.js';
import { nextRuns } from '../domain/timetable.js';
import { RecordedScheduleChange } from './recorded-schedule-change.js';
import { ScheduleRights } from './schedule-rights.js';

const MOST_PER_PROJECT = 100;

export interface NewSchedule {
  name: string;
  cron: string;
  timeZone: string;
  keep: Keep;
  selector: Selector;
  suspended: boolean;
}

@Injectable()
export class CreateSchedule {
  constructor(
    private readonly change: RecordedScheduleChange,
    private readonly rights: ScheduleRights,
    private readonly store: ScheduleStore,
    private readonly clock: Clock,
  ) {}

  /** Throws schedule.exists, schedule.limit, auth.forbidden. */
  async execute(caller: Caller, wanted: NewSchedule): Promise<Schedule> {
    const { principal, project } = caller;
    this.rights.check(principal, project, wanted.keep);
    const now = this.clock.now();
    const schedule: Schedule = {
      ...wanted,
      id: timeOrderedId(now),
      projectId: project.id,
      suspendedReason: null,
      owner: { type: principal.type, id: principal.id, name: principal.name },
      nextRunAt: wanted.suspended ? null : (nextRuns(wanted.cron, wanted.timeZone, now, 1)[0] ?? null),
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    return this.change.run(caller, { action: 'schedule.create', name: wanted.name }, async (tx) => {
      if ((await this.store.count(tx, project.id)) >= MOST_PER_PROJECT) {
        throw scheduleLimit(`A project has at most ${MOST_PER_PROJECT} snapshot schedules.`);
      }
      if (await this.store.insert(tx, schedule)) return schedule;
      throw scheduleExists(`There is a snapshot schedule "${wanted.name}" in this project.`);
    });
  }
}
