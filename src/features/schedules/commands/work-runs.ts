import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { Database } from '../../../platform/database/database.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { RunStore } from '../data/run-store.js';
import { ScheduleStore } from '../data/schedule-store.js';
import type { Run, Schedule } from '../domain/schedule.js';
import { AdvanceRuns, type RunContext } from './advance-runs.js';
import { FinishRun } from './finish-run.js';
import { ScheduleRights } from './schedule-rights.js';

const PENDING_OR_RUNNING: ReadonlySet<string> = new Set(['PENDING', 'RUNNING']);

/** Who may speak for a run: the room's rights, its project, its schedule. */
@Injectable()
export class RunAuthority {
  constructor(
    private readonly schedules: ScheduleStore,
    private readonly projects: ProjectDirectory,
    private readonly rights: ScheduleRights,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Null where the schedule has just been deleted; suspends it where its owner can no longer answer for it. */
  async of(
    run: Run,
  ): Promise<{ context: RunContext; problem: null } | { context: null; problem: string } | null> {
    const schedule = await this.schedules.byId(run.scheduleId);
    if (!schedule) return null;
    const project = this.projects.byId(schedule.projectId);
    if (project?.state !== 'Active') return { context: null, problem: 'The project is being deleted.' };
    const { principal, problem } = await this.rights.owner(schedule, project);
    if (principal) return { context: { run, schedule, project, principal }, problem: null };
    await this.#suspend(schedule, problem);
    return { context: null, problem };
  }

  async #suspend({ id, suspended }: Schedule, problem: string): Promise<void> {
    if (suspended) return;
    await this.database.transaction((tx) => this.schedules.suspend(tx, id, problem, this.clock.now()));
  }
}

/** One round of all runs that have not ended. */
@Injectable()
export class WorkRuns {
  readonly #logger = new Logger('schedules');

  constructor(
    private readonly runs: RunStore,
    private readonly authority: RunAuthority,
    private readonly advancing: AdvanceRuns,
    private readonly finishing: FinishRun,
  ) {}

  /** `going`: asked before each run, so that a deposed leader stops. A run that cannot be worked on holds up no other. */
  async execute(going: () => boolean): Promise<void> {
    for (const run of await this.runs.unfinished()) {
      if (!going()) return;
      try {
        await this.#work(run);
      } catch (error) {
        this.#logger.warn(`run ${run.id} waits for the next round: ${error}`);
      }
    }
  }

  async #work(run: Run): Promise<void> {
    const found = await this.authority.of(run);
    if (!found) return;
    const machines = found.context
      ? await this.advancing.execute(found.context)
      : await this.advancing.settle(run, found.problem);
    if (machines.some(({ state }) => PENDING_OR_RUNNING.has(state))) return;
    if (found.context) await this.finishing.execute(found.context, machines);
    else await this.finishing.abandon(run, machines, found.problem);
  }
}
