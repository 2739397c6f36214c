import type { ColumnType, Selectable } from 'kysely';
import type { FailureRecord } from '../../../kernel/failure.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import type { QueueName } from '../../../platform/queue/job-queue.js';
import type { QueuedAsk } from '../domain/operation.js';
import type {
  OperationRecord,
  OperationState,
  OperationStep,
  OperationView,
} from '../operations.contract.js';

/** Read as a value, written as JSON text. */
type Json<T> = ColumnType<T, string, string>;

export interface OperationTable {
  id: string;
  kind: string;
  queue: QueueName;
  state: OperationState;
  project_id: string;
  project: Json<ProjectRef>;
  target_type: string;
  target_name: string;
  input: Buffer;
  steps: Json<OperationStep[]>;
  asked: Json<OperationRecord['asked']>;
  queued: Json<Record<string, QueuedAsk>>;
  warnings: Json<string[]>;
  progress: number | null;
  progress_at: Date;
  cancellable: boolean;
  cancel_requested: boolean;
  requested_by: Json<OperationRecord['requestedBy']>;
  request_id: string;
  source_address: string | null;
  idempotency_id: string | null;
  error: ColumnType<FailureRecord | null, string | null, string | null>;
  result: ColumnType<Record<string, unknown> | null, string | null, string | null>;
  version: number;
  next_check_at: Date | null;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
}

export type OperationRow = Selectable<OperationTable>;

export interface OperationTables {
  operation: OperationTable;
  operation_change: { operation_id: string; version: number; view: Json<OperationView> };
}
