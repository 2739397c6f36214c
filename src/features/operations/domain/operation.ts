import type { FailureRecord } from '../../../kernel/failure.js';
import { projectOrNull } from '../../../kernel/principal.js';
import type { OperationKind, OperationRecord, OperationView } from '../operations.contract.js';

/** An ask that was given to the queue: when, for which time, and since when a worker is at it. */
export interface QueuedAsk {
  at: string;
  times: number;
  asking: string | null;
  /** Queued in answer to a cancel: to be asked although one was requested. */
  afterCancel: boolean;
}

/** An operation as it is stored, but for the sealed input of those that are only looked at. */
export interface StoredOperation extends Omit<OperationRecord, 'outstanding'> {
  queue: OperationKind['queue'];
  version: number;
  cancellable: boolean;
  warnings: string[];
  error: FailureRecord | null;
  result: Record<string, unknown> | null;
  queued: Record<string, QueuedAsk>;
  idempotencyId: string | null;
  sourceAddress: string | null;
  nextCheckAt: Date | null;
  finishedAt: Date | null;
}

/** Queued and not answered. */
export function outstandingStep(operation: Pick<StoredOperation, 'queued' | 'asked'>): string | null {
  return Object.keys(operation.queued).find((step) => !operation.asked[step]) ?? null;
}

/** What a machine sees. */
export function toRecord(operation: StoredOperation): OperationRecord {
  return { ...operation, outstanding: outstandingStep(operation) };
}

/** What clients see. */
export function toView(operation: Omit<StoredOperation, 'input'>): OperationView {
  const { type, id, name } = operation.requestedBy;
  return {
    id: operation.id,
    kind: operation.kind,
    state: operation.state,
    progress: operation.progress,
    target: {
      type: operation.target.type,
      project: projectOrNull(operation.project)?.name ?? null,
      name: operation.target.name,
    },
    steps: operation.steps,
    warnings: operation.warnings,
    error: operation.error,
    result: operation.result,
    cancellable: operation.cancellable && !operation.cancelRequested && operation.finishedAt === null,
    requestedBy: { type, id, name },
    requestId: operation.requestId,
    createdAt: operation.createdAt.toISOString(),
    startedAt: operation.startedAt?.toISOString() ?? null,
    finishedAt: operation.finishedAt?.toISOString() ?? null,
  };
}

export const isSettled = (view: Pick<OperationView, 'finishedAt'>): boolean => view.finishedAt !== null;
