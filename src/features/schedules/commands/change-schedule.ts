import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { type Caller } from '../../operations/outcome.contract.js';
import { ScheduleStore } from '../data/schedule-store.js';
import type { Keep, Schedule } from '../domain/schedule.js';
import { scheduleNotFound } from '../domain/schedule-failures.js';
import { scheduleVersion } from '../domain/schedule-version.js';
import { nextRuns } from '../domain/timetable.js';
import { RecordedScheduleChange } from './recorded-schedule-change.js';
import { ScheduleRights } from './schedule-rights.js';

/** What is absent stays. */
export interface ScheduleChange {
  cron?: string;
  timeZone?: string;
  keep: Partial<Keep>;
  /** Merged (RFC 7396): null takes a label away. */
  matchLabels?: Record<string, string | null>;
  suspended?: boolean;
}

/** Throws request.precondition_failed unless the version is the one that the caller has seen. */
export type Expectation = (version: string) => void;

@Injectable()
export class ChangeSchedule {
  constructor(
    private readonly change: RecordedScheduleChange,
    private readonly rights: ScheduleRights,
    private readonly store: ScheduleStore,
    private readonly clock: Clock,
  ) {}

  /** Whoever changes a schedule owns it from then on: it acts for nobody but who wanted it so. */
  execute(caller: Caller, name: string, patch: ScheduleChange, expect: Expectation): Promise<Schedule> {
    const { principal, project } = caller;
    return this.change.run(caller, { action: 'schedule.update', name }, async (tx) => {
      const present = await this.store.lock(tx, project.id, name);
      if (!present) throw scheduleNotFound(`There is no snapshot schedule "${name}" in this project.`);
      expect(scheduleVersion(present));
      const owner = { type: principal.type, id: principal.id, name: principal.name };
      const next = changed({ ...present, owner }, patch, this.clock.now());
      this.rights.check(principal, project, next.keep);
      return this.store.write(tx, next);
    });
  }
}

function changed(present: Schedule, patch: ScheduleChange, now: Date): Schedule {
  const cron = patch.cron ?? present.cron;
  const timeZone = patch.timeZone ?? present.timeZone;
  const suspended = patch.suspended ?? present.suspended;
  const labels = { ...present.selector.matchLabels, ...patch.matchLabels };
  const retimed = cron !== present.cron || timeZone !== present.timeZone || present.nextRunAt === null;
  return {
    ...present,
    cron,
    timeZone,
    suspended,
    keep: { ...present.keep, ...patch.keep },
    selector: {
      matchLabels: Object.fromEntries(
        Object.entries(labels).filter((entry): entry is [string, string] => entry[1] !== null),
      ),
    },
    // A person has looked at it: from here on it is suspended, or not, because they say so.
    suspendedReason: suspended && patch.suspended === undefined ? present.suspendedReason : null,
    // What fell due while it was suspended is not made up for.
    nextRunAt: suspended ? null : retimed ? (nextRuns(cron, timeZone, now, 1)[0] ?? null) : present.nextRunAt,
    updatedAt: now,
  };
}
