import { Injectable, Logger } from '@nestjs/common';
import { projectOrNull } from '../../../kernel/principal.js';
import { AuditLog } from '../../../platform/audit/audit-log.js';
import { runInContext } from '../../../platform/context/request-context.js';
import { Database, type Tx } from '../../../platform/database/database.js';
import { Outbox } from '../../../platform/queue/job-queue.js';
import { askJob } from '../ask-job.js';
import { type Machinery, OperationStore } from '../data/operation-store.js';
import { type Consequence, consequenceOf } from '../domain/decide.js';
import { outstandingStep, type StoredOperation, toRecord } from '../domain/operation.js';
import { Ledgers } from '../ledgers.js';
import { Machines } from '../machines.js';

/** How often an operation that goes on between reading and writing is read again before the next look. */
const ATTEMPTS = 5;
/** Longer than all tries of a job together: one that is outstanding still was lost with the queue's memory. */
const LOST_AFTER_MS = 15 * 60_000;

/** Looks at one operation, has its machine decide, and writes the decision: the only writer of outcomes. */
@Injectable()
export class Evaluation {
  private readonly logger = new Logger(Evaluation.name);

  constructor(
    private readonly database: Database,
    private readonly store: OperationStore,
    private readonly machines: Machines,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
    private readonly ledgers: Ledgers,
  ) {}

  /** The operation as it was found, null when it is finished or gone. */
  async evaluate(id: string): Promise<StoredOperation | null> {
    for (let attempt = 1; ; attempt += 1) {
      const operation = await this.store.find(id);
      if (!operation || operation.finishedAt) return null;
      const context = {
        requestId: operation.requestId,
        sourceAddress: operation.sourceAddress,
        idempotencyId: null,
        dryRun: false,
      };
      const done = await runInContext(context, () => this.take(operation, new Date()));
      if (done || attempt >= ATTEMPTS) return operation;
    }
  }

  /** False when the operation has gone on meanwhile. */
  private async take(operation: StoredOperation, now: Date): Promise<boolean> {
    const lost = this.lostAsk(operation, now);
    if (lost) return this.database.transaction((tx) => this.askAgain(tx, operation, lost, now));
    const consequence = this.decide(operation, now);
    if (!consequence) return true;
    const { change, nextCheckAt, ask } = consequence;
    if (ask === null && Object.keys(change).length === 0) {
      if (nextCheckAt?.getTime() !== operation.nextCheckAt?.getTime()) {
        await this.store.noteNextCheck(operation, nextCheckAt);
      }
      return true;
    }
    return this.database.transaction((tx) => this.write(tx, operation, consequence, now));
  }

  private decide(operation: StoredOperation, now: Date): Consequence | null {
    const machine = this.machines.get(operation.kind);
    if (!machine) {
      this.logger.error(`No machine for operation ${operation.id} of kind ${operation.kind}.`);
      return null;
    }
    try {
      const record = toRecord(operation);
      return consequenceOf(operation, machine.next(record, machine.observe(record), now), now);
    } catch (error) {
      // A fault of the machine: the operation stays as it is and is looked at again.
      this.logger.error(error);
      return null;
    }
  }

  private async write(
    tx: Tx,
    operation: StoredOperation,
    { change, nextCheckAt, ask }: Consequence,
    now: Date,
  ): Promise<boolean> {
    const machinery = ask === null ? {} : this.asking(operation, ask, now);
    if (!(await this.store.write(tx, operation, { ...change, nextCheckAt }, machinery))) return false;
    if (machinery.queued) {
      await this.outbox.add(tx, askJob(operation, machinery.queued.step, machinery.queued.ask.times));
    }
    if (change.finishedAt) {
      await this.ledgers.settle(tx, operation);
      await this.audit.append(tx, {
        actor: { ...operation.requestedBy, type: operation.requestedBy.type as 'user' },
        action: operation.kind,
        target: operation.target,
        project: projectOrNull(operation.project),
        result: (change.state ?? operation.state).toLowerCase(),
        details: { operation: operation.id, ...(change.error ? { code: change.error.code } : {}) },
      });
    }
    return true;
  }

  private asking(operation: StoredOperation, step: string, now: Date): Machinery {
    const times = (operation.queued[step]?.times ?? 0) + 1;
    const ask = { at: now.toISOString(), times, asking: null, afterCancel: operation.cancelRequested };
    return { queued: { step, ask }, ...(operation.asked[step] ? { forget: step } : {}) };
  }

  private lostAsk(operation: StoredOperation, now: Date): string | null {
    const step = outstandingStep(operation);
    const queued = step === null ? undefined : operation.queued[step];
    return queued && now.getTime() - Date.parse(queued.at) > LOST_AFTER_MS ? step : null;
  }

  private async askAgain(tx: Tx, operation: StoredOperation, step: string, now: Date): Promise<boolean> {
    this.logger.warn(`The job for step ${step} of operation ${operation.id} was lost; it is queued again.`);
    const machinery = this.asking(operation, step, now);
    if (!(await this.store.write(tx, operation, {}, machinery))) return false;
    await this.outbox.add(tx, askJob(operation, step, machinery.queued?.ask.times ?? 1));
    return true;
  }
}
