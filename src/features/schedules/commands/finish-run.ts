import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { Database, type Tx } from '../../../platform/database/database.js';
import { type SnapshotFacts, SnapshotsContract } from '../../snapshots/snapshots.contract.js';
import { RunStore } from '../data/run-store.js';
import { expired } from '../domain/retention.js';
import { endOf, type Run, type RunMachine, SCHEDULE_LABEL, type Schedule } from '../domain/schedule.js';
import type { RunContext } from './advance-runs.js';
import { isRefusal } from './refusal.js';

/** Ends a run whose machines have all settled, and removes what no rule keeps any more. */
@Injectable()
export class FinishRun {
  constructor(
    private readonly database: Database,
    private readonly runs: RunStore,
    private readonly snapshots: SnapshotsContract,
    private readonly clock: Clock,
  ) {}

  /** Removals begin in the transaction that ends the run: they happen once, or with the next run. */
  execute(context: RunContext, machines: readonly RunMachine[]): Promise<void> {
    return this.#end(context.run, machines, null, (tx) => this.#prune(tx, context));
  }

  /** Where nothing can be done in the schedule's name any more: nothing is removed. */
  abandon(run: Run, machines: readonly RunMachine[], reason: string): Promise<void> {
    return this.#end(run, machines, reason, async () => []);
  }

  #end(
    run: Run,
    machines: readonly RunMachine[],
    reason: string | null,
    prune: (tx: Tx) => Promise<string[]>,
  ): Promise<void> {
    return this.database.transaction(async (tx) => {
      if (!(await this.runs.lockRunning(tx, run.id))) return;
      const deletedSnapshots = await prune(tx);
      const end = { state: endOf(machines), reason, deletedSnapshots, at: this.clock.now() };
      await this.runs.finish(tx, run.id, end);
    });
  }

  async #prune(tx: Tx, { schedule, project, principal }: RunContext): Promise<string[]> {
    const begun: string[] = [];
    for (const name of removable(this.snapshots.of(project), schedule)) {
      try {
        await this.snapshots.beginDelete(tx, { principal, project, name });
        begun.push(name);
      } catch (error) {
        // In use or on its way out: the next run looks again.
        if (!isRefusal(error)) throw error;
      }
    }
    return begun;
  }
}

/**
 * The names of what may go of the schedule's own snapshots, machine by machine. Only whole snapshots count towards the
 * rules; one that failed goes once there is a newer whole one.
 */
export function removable(
  snapshots: readonly SnapshotFacts[],
  { id, keep, timeZone }: Pick<Schedule, 'id' | 'keep' | 'timeZone'>,
): string[] {
  if (Object.values(keep).every((rule) => rule === null)) return [];
  const own = snapshots.filter(({ labels }) => labels[SCHEDULE_LABEL] === id);
  const machines = new Set(own.map(({ virtualMachine }) => virtualMachine));
  return [...machines].flatMap((machine) => {
    const ofMachine = own.filter(({ virtualMachine }) => virtualMachine === machine);
    const dated = ofMachine.map((one) => ({ ...one, createdAt: new Date(one.createdAt) }));
    const whole = dated.filter(({ state, ready }) => state === 'Succeeded' && ready);
    const newest = Math.max(...whole.map(({ createdAt }) => createdAt.getTime()), Number.NEGATIVE_INFINITY);
    const failed = dated.filter(({ state, createdAt }) => state === 'Failed' && createdAt.getTime() < newest);
    return [...expired(whole, keep, timeZone), ...failed].map(({ name }) => name);
  });
}
