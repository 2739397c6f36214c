import type { Insertable } from 'kysely';
import type { Sealer } from '../../../platform/crypto/sealer.js';
import type { StoredOperation } from '../domain/operation.js';
import type { OperationRow, OperationTable } from './operation-tables.js';

const contextOf = (id: string) => `operation/${id}`;

export function toRow(operation: StoredOperation, sealer: Sealer): Insertable<OperationTable> {
  const input = Buffer.from(JSON.stringify(operation.input), 'utf8');
  return {
    id: operation.id,
    kind: operation.kind,
    queue: operation.queue,
    state: operation.state,
    project_id: operation.project.id,
    project: JSON.stringify(operation.project),
    target_type: operation.target.type,
    target_name: operation.target.name,
    input: sealer.seal(input, contextOf(operation.id)),
    steps: JSON.stringify(operation.steps),
    asked: JSON.stringify(operation.asked),
    queued: JSON.stringify(operation.queued),
    warnings: JSON.stringify(operation.warnings),
    progress: operation.progress,
    progress_at: operation.progressAt,
    cancellable: operation.cancellable,
    cancel_requested: operation.cancelRequested,
    requested_by: JSON.stringify(operation.requestedBy),
    request_id: operation.requestId,
    source_address: operation.sourceAddress,
    idempotency_id: operation.idempotencyId,
    error: null,
    result: null,
    version: operation.version,
    next_check_at: operation.nextCheckAt,
    created_at: operation.createdAt,
    started_at: null,
    finished_at: null,
  };
}

/** Without the input: for what is only shown. */
export function fromRow(row: Omit<OperationRow, 'input'>): Omit<StoredOperation, 'input'> {
  return {
    id: row.id,
    kind: row.kind,
    queue: row.queue,
    state: row.state,
    project: row.project,
    target: { type: row.target_type, name: row.target_name },
    steps: row.steps,
    asked: row.asked,
    queued: row.queued,
    warnings: row.warnings,
    progress: row.progress,
    progressAt: row.progress_at,
    cancellable: row.cancellable,
    cancelRequested: row.cancel_requested,
    requestedBy: row.requested_by,
    requestId: row.request_id,
    sourceAddress: row.source_address,
    idempotencyId: row.idempotency_id,
    error: row.error,
    result: row.result,
    version: row.version,
    nextCheckAt: row.next_check_at,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

/** Throws when the input was sealed under another secret or for another operation. */
export function openRow(row: OperationRow, sealer: Sealer): StoredOperation {
  const input = JSON.parse(sealer.open(row.input, contextOf(row.id)).toString('utf8'));
  return { ...fromRow(row), input };
}
