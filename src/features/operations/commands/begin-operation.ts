import { Injectable } from '@nestjs/common';
import { toFailureRecord } from '../../../kernel/failure.js';
import { projectOrNull } from '../../../kernel/principal.js';
import { AuditLog } from '../../../platform/audit/audit-log.js';
import { currentContext } from '../../../platform/context/request-context.js';
import type { Tx } from '../../../platform/database/database.js';
import { timeOrderedId } from '../../../platform/identifiers/time-ordered-id.js';
import { Outbox } from '../../../platform/queue/job-queue.js';
import { askJob } from '../ask-job.js';
import { OperationStore } from '../data/operation-store.js';
import { cancelled } from '../domain/decide.js';
import { type StoredOperation, toView } from '../domain/operation.js';
import { operationInProgress, operationSuperseded } from '../domain/operation-failures.js';
import { initialSteps } from '../domain/steps.js';
import { Ledgers } from '../ledgers.js';
import { OperationKinds } from '../operation-kinds.js';
import type { BeginOperation, OperationView } from '../operations.contract.js';

/** How often the race for a target is run again when the winner settled before it could be named. */
const RACES = 5;

@Injectable()
export class BeginOperationCommand {
  constructor(
    private readonly store: OperationStore,
    private readonly kinds: OperationKinds,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
    private readonly ledgers: Ledgers,
  ) {}

  /**
   * In the caller's transaction: the operation, its audit record, the job for its first step, and what it reserves of
   * the quota. Throws operation.in_progress, and what the ledger refuses with. Under an idempotency id that has an operation already, that one is returned.
   */
  async execute(tx: Tx, request: BeginOperation): Promise<OperationView> {
    const operation = this.draft(request);
    for (let race = 1; race <= RACES; race += 1) {
      const earlier = await this.earlierAnswer(tx, operation);
      if (earlier && isSame(earlier, operation)) return toView(earlier);
      // One request that begins several: the first keeps the key.
      if (earlier) operation.idempotencyId = null;
      const present = await this.store.lockUnfinishedOn(tx, operation.project, operation.target);
      // It came in between, under the same key.
      if (present && operation.idempotencyId !== null && present.idempotencyId === operation.idempotencyId)
        continue;
      if (present) await this.makeRoom(tx, operation, present, request.supersedes ?? []);
      const takes = this.kinds.get(request.kind).takes(operation);
      const reservation = await this.ledgers.reserve(tx, operation, takes, present ? [present.id] : []);
      const warned = { ...operation, warnings: [...operation.warnings, ...reservation.warnings] };
      if (await this.store.insert(tx, warned)) {
        await reservation.enter();
        await this.putToWork(tx, warned, request);
        return toView(warned);
      }
    }
    throw operationInProgress();
  }

  private draft(request: BeginOperation): StoredOperation {
    const { queue, steps, cancellable } = this.kinds.get(request.kind);
    const { type, id, name, tokenId } = request.principal;
    const [first = ''] = steps;
    const context = currentContext();
    const now = new Date();
    const operationId = timeOrderedId(now);
    return {
      id: operationId,
      kind: request.kind,
      queue,
      state: 'PENDING',
      version: 1,
      project: request.project,
      target: request.target,
      input: request.input,
      steps: initialSteps(steps),
      asked: {},
      queued: { [first]: { at: now.toISOString(), times: 1, asking: null, afterCancel: false } },
      warnings: request.warnings ?? [],
      progress: null,
      progressAt: now,
      cancellable,
      cancelRequested: false,
      requestedBy: { type, id, name, tokenId },
      requestId: context?.requestId ?? operationId,
      sourceAddress: context?.sourceAddress ?? null,
      idempotencyId: context?.idempotencyId ?? null,
      error: null,
      result: null,
      nextCheckAt: null,
      createdAt: now,
      startedAt: null,
      finishedAt: null,
    };
  }

  /** Begun before a crash, under the same key: the client that asks again gets what it asked for once. */
  private async earlierAnswer(tx: Tx, { idempotencyId }: StoredOperation): Promise<StoredOperation | null> {
    return idempotencyId === null ? null : this.store.findByIdempotency(tx, idempotencyId);
  }

  private async makeRoom(
    tx: Tx,
    operation: StoredOperation,
    present: StoredOperation,
    supersedes: readonly string[],
  ): Promise<void> {
    if (!supersedes.includes(present.kind)) {
      throw operationInProgress(
        `${present.kind} is in progress on ${present.target.type} ${present.target.name}.`,
        { details: { operation: present.id, kind: present.kind } },
      );
    }
    const reason = operationSuperseded(`${operation.kind} (operation ${operation.id}) took its place.`);
    const change = cancelled(present, toFailureRecord(reason), operation.createdAt);
    await this.store.write(tx, present, change);
  }

  private async putToWork(tx: Tx, operation: StoredOperation, request: BeginOperation): Promise<void> {
    await this.audit.append(tx, {
      actor: request.principal,
      action: operation.kind,
      target: operation.target,
      project: projectOrNull(operation.project),
      result: 'accepted',
      details: { operation: operation.id },
    });
    for (const step of Object.keys(operation.queued)) await this.outbox.add(tx, askJob(operation, step, 1));
  }
}

function isSame(a: StoredOperation, b: StoredOperation): boolean {
  return (
    a.kind === b.kind &&
    a.project.id === b.project.id &&
    a.target.type === b.target.type &&
    a.target.name === b.target.name
  );
}
