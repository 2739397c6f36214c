import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../kernel/principal.js';
import { Database } from '../../../platform/database/database.js';
import type { ProjectEntry } from '../../access/access.contract.js';
import { OperationsContract } from '../../operations/operations.contract.js';
import { SnapshotsContract } from '../../snapshots/snapshots.contract.js';
import { RunStore } from '../data/run-store.js';
import type { ScheduleTables } from '../data/schedule-tables.js';
import { type Run, type RunMachine, SCHEDULE_LABEL, type Schedule } from '../domain/schedule.js';
import { isRefusal } from './refusal.js';

export interface RunContext {
  run: Run;
  schedule: Schedule;
  project: ProjectEntry;
  principal: Principal;
}

/** Takes the snapshots of a run, machine by machine, and follows the operations that do it. */
@Injectable()
export class AdvanceRuns {
  constructor(
    private readonly database: Database,
    private readonly runs: RunStore,
    private readonly snapshots: SnapshotsContract,
    private readonly operations: OperationsContract,
  ) {}

  /** The machines as they are afterwards. */
  async execute(context: RunContext): Promise<RunMachine[]> {
    const machines: RunMachine[] = [];
    for (const machine of context.run.machines) {
      if (machine.state === 'PENDING') machines.push(await this.#begin(context, machine));
      else if (machine.state === 'RUNNING') machines.push(await this.#follow(context.run, machine));
      else machines.push(machine);
    }
    return machines;
  }

  /** Where nothing more may begin: those that wait are skipped, those under way are followed to their end. */
  async settle(run: Run, reason: string): Promise<RunMachine[]> {
    const machines: RunMachine[] = [];
    for (const machine of run.machines) {
      if (machine.state === 'PENDING') {
        const skipped: RunMachine = { ...machine, state: 'SKIPPED', reason };
        await this.runs.writeMachine(this.database.tables<ScheduleTables>(), run.id, skipped);
        machines.push(skipped);
      } else if (machine.state === 'RUNNING') machines.push(await this.#follow(run, machine));
      else machines.push(machine);
    }
    return machines;
  }

  /** One transaction with the operation: a run that is taken up after a crash begins nothing twice. */
  #begin({ run, schedule, project, principal }: RunContext, machine: RunMachine): Promise<RunMachine> {
    return this.database.transaction(async (tx) => {
      if (!(await this.runs.lockPending(tx, run.id, machine.virtualMachine))) return machine;
      let next: RunMachine;
      try {
        const operation = await this.snapshots.begin(tx, {
          principal,
          project,
          vm: machine.virtualMachine,
          name: machine.snapshot,
          labels: { [SCHEDULE_LABEL]: schedule.id },
        });
        next = { ...machine, state: 'RUNNING', operation: operation.id };
      } catch (error) {
        if (!isRefusal(error)) throw error;
        next = { ...machine, state: 'SKIPPED', reason: error.message };
      }
      await this.runs.writeMachine(tx.tables<ScheduleTables>(), run.id, next);
      return next;
    });
  }

  async #follow(run: Run, machine: RunMachine): Promise<RunMachine> {
    const operation = machine.operation === null ? null : await this.operations.get(machine.operation);
    if (operation && operation.finishedAt === null) return machine;
    const good = operation?.state === 'SUCCEEDED';
    const reason = operation
      ? (operation.error?.message ?? 'It was cancelled.')
      : 'Its operation is forgotten.';
    const next: RunMachine = {
      ...machine,
      state: good ? 'SUCCEEDED' : 'FAILED',
      reason: good ? null : reason,
    };
    await this.runs.writeMachine(this.database.tables<ScheduleTables>(), run.id, next);
    return next;
  }
}
