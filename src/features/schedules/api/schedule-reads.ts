import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { preconditionFailed } from '../../../kernel/failures.js';
import type { Page } from '../../../kernel/page.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { toGlobalId } from '../../../platform/graphql/global-id.js';
import { assertIfMatch, entityTag } from '../../../platform/http/etag.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { Pager } from '../../../platform/paging/pager.js';
import type { Expectation } from '../commands/change-schedule.js';
import { RunStore } from '../data/run-store.js';
import { ScheduleStore } from '../data/schedule-store.js';
import type { Schedule } from '../domain/schedule.js';
import { scheduleNotFound } from '../domain/schedule-failures.js';
import { scheduleVersion } from '../domain/schedule-version.js';
import { type ScheduleView, scheduleView } from '../domain/schedule-view.js';
import type { SchedulesArgs } from './inputs.dto.js';

export const SCHEDULE_TYPE = 'SnapshotSchedule';

/** One schedule as it is answered; its own properties are the fields of GraphQL's type, `view` is REST's. */
export interface ScheduleRow extends ScheduleView {
  uid: string;
  etag: string;
  /** Changes with all that is shown: its runs and its next times, too. */
  readonly version: string;
  /** Changes with what a person may change. */
  readonly settings: string;
  readonly view: ScheduleView;
}

type Place = Pick<ProjectRef, 'id' | 'name'>;

/** What the doors of REST and GraphQL read alike. */
@Injectable()
export class ScheduleReads {
  constructor(
    private readonly schedules: ScheduleStore,
    private readonly runs: RunStore,
    private readonly pager: Pager,
    private readonly clock: Clock,
  ) {}

  async find(project: Place, name: string): Promise<ScheduleRow | null> {
    const schedule = await this.schedules.byName(project.id, name);
    return schedule ? this.row(project, schedule) : null;
  }

  /** Throws schedule.not_found. */
  async get(project: Place, name: string): Promise<ScheduleRow> {
    const row = await this.find(project, name);
    if (!row) throw scheduleNotFound(`There is no snapshot schedule "${name}" in this project.`);
    return row;
  }

  async row(project: Place, schedule: Schedule): Promise<ScheduleRow> {
    const newest = await this.runs.newest([schedule.id]);
    const last = newest.get(schedule.id) ?? null;
    return rowOf(schedule, scheduleView(schedule, last, { project: project.name, now: this.clock.now() }));
  }

  /** Holds a change to what the caller has seen, where it says what that is. Throws schedule.not_found. */
  async expectation(project: Place, name: string, ifMatch: string | null | undefined): Promise<Expectation> {
    if (!ifMatch) return () => {};
    const { version, settings } = await this.get(project, name);
    assertIfMatch({ 'if-match': ifMatch }, version);
    return (present) => {
      if (present !== settings) throw preconditionFailed();
    };
  }

  async page(
    project: Place,
    { limit, cursor, q }: { limit?: number; cursor?: string; q?: string },
  ): Promise<Page<ScheduleRow>> {
    return this.pager.page(await this.#rows(project, q), { limit, cursor, ...ordering(project, q) });
  }

  async connection(project: Place, args: SchedulesArgs): Promise<Connection<ScheduleRow>> {
    const { q, first, after, last, before } = args;
    const page = { first, after, last, before };
    return this.pager.connection(await this.#rows(project, q), { ...page, ...ordering(project, q) });
  }

  async #rows(project: Place, q: string | null | undefined): Promise<ScheduleRow[]> {
    const wanted = q?.toLowerCase() ?? '';
    const found = (await this.schedules.ofProject(project.id)).filter(({ name }) => name.includes(wanted));
    const last = await this.runs.newest(found.map(({ id }) => id));
    const now = this.clock.now();
    return found.map((schedule) =>
      rowOf(schedule, scheduleView(schedule, last.get(schedule.id) ?? null, { project: project.name, now })),
    );
  }
}

function rowOf(schedule: Schedule, view: ScheduleView): ScheduleRow {
  const settings = scheduleVersion(schedule);
  const version = JSON.stringify([settings, view.lastRun, view.nextRuns]);
  return {
    ...view,
    id: toGlobalId(SCHEDULE_TYPE, schedule.id),
    uid: schedule.id,
    etag: entityTag(version),
    version,
    settings,
    view,
  };
}

const ordering = ({ id }: Place, q: string | null | undefined) => ({
  order: 'name',
  filter: ['snapshot-schedules', id, q ?? null],
  keyOf: ({ name }: ScheduleRow) => [name],
});
