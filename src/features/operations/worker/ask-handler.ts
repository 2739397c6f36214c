import { Injectable, Logger } from '@nestjs/common';
import { Failure, type FailureKind, type FailureRecord, toFailureRecord } from '../../../kernel/failure.js';
import { Database } from '../../../platform/database/database.js';
import { OperationStore } from '../data/operation-store.js';
import type { Change } from '../domain/decide.js';
import { type QueuedAsk, type StoredOperation, toRecord } from '../domain/operation.js';
import { operationCancelled, operationExhausted } from '../domain/operation-failures.js';
import { enterStep } from '../domain/steps.js';
import { Machines } from '../machines.js';

const PASSING: ReadonlySet<FailureKind> = new Set(['unavailable', 'timeout', 'rate_limited', 'internal']);
/** After this long a worker that said it was at a step is taken for dead; the queue gives its job on sooner. */
const ASKING_LIMIT_MS = 60_000;

type Answer = { notes: Record<string, string>; refusal: FailureRecord | null };

/** Asks the cluster for one step of one operation, and leaves. Decides nothing: the answer is written down for the observer. */
@Injectable()
export class AskHandler {
  private readonly logger = new Logger(AskHandler.name);

  constructor(
    private readonly database: Database,
    private readonly store: OperationStore,
    private readonly machines: Machines,
  ) {}

  /** Throws to be tried again. */
  async handle(payload: Record<string, unknown>, attempt: { number: number; last: boolean }): Promise<void> {
    const { operationId, step } = payload as { operationId: string; step: string };
    const operation = await this.take(operationId, step);
    if (!operation) return;
    try {
      await this.keep(operationId, step, await this.ask(operation, step, attempt.last));
    } catch (error) {
      await this.store.noteAsking(operationId, step, null).catch(() => {});
      throw error;
    }
  }

  /** Null when there is nothing left to ask: settled, answered by another delivery, cancelled or pruned. */
  private async take(id: string, step: string): Promise<StoredOperation | null> {
    const operation = await this.store.find(id);
    const queued = operation?.queued[step];
    if (!operation || !queued || operation.finishedAt || operation.asked[step]) return null;
    if (operation.cancelRequested && !queued.afterCancel && !this.takesBack(operation, step)) {
      if (isBusy(queued)) throw new Error(`A worker is at step ${step} at this moment.`);
      await this.keep(id, step, { notes: {}, refusal: toFailureRecord(operationCancelled()) });
      return null;
    }
    await this.store.noteAsking(id, step, new Date());
    return operation.state === 'PENDING' ? this.begin(id, step) : operation;
  }

  private takesBack({ kind }: StoredOperation, step: string): boolean {
    return this.machines.get(kind)?.compensating?.includes(step) ?? false;
  }

  private begin(id: string, step: string): Promise<StoredOperation | null> {
    return this.database.transaction(async (tx) => {
      const operation = await this.store.lock(tx, id);
      if (!operation || operation.finishedAt) return null;
      if (operation.state !== 'PENDING') return operation;
      const now = new Date();
      const endOf = () => ({ state: 'SUCCEEDED' as const, message: null });
      const change: Change = {
        state: 'RUNNING',
        startedAt: now,
        progressAt: now,
        steps: enterStep(operation.steps, { step, now, endOf }),
      };
      await this.store.write(tx, operation, change);
      return { ...operation, ...change, version: operation.version + 1 };
    });
  }

  private async ask(operation: StoredOperation, step: string, last: boolean): Promise<Answer> {
    const machine = this.machines.get(operation.kind);
    if (!machine) throw new Error(`This worker has no machine for operations of kind ${operation.kind}.`);
    try {
      return { notes: await machine.ask(toRecord(operation), step), refusal: null };
    } catch (error) {
      if (error instanceof Failure && !PASSING.has(error.kind)) {
        return { notes: {}, refusal: toFailureRecord(error) };
      }
      if (!last) throw error;
      this.logger.error(error);
      // What an unknown error says is for the log, not for the tenant.
      const message = error instanceof Failure ? error.message : undefined;
      return { notes: {}, refusal: toFailureRecord(operationExhausted(message)) };
    }
  }

  private keep(id: string, step: string, answer: Answer): Promise<void> {
    return this.database.transaction(async (tx) => {
      const operation = await this.store.lock(tx, id);
      if (!operation || operation.finishedAt || operation.asked[step]) return;
      const at = new Date().toISOString();
      await this.store.write(tx, operation, {}, { answered: { step, answer: { at, ...answer } } });
    });
  }
}

function isBusy({ asking }: QueuedAsk): boolean {
  return asking !== null && Date.now() - Date.parse(asking) < ASKING_LIMIT_MS;
}
