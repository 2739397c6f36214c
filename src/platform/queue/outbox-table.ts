import type { Generated, JSONColumnType } from 'kysely';
import type { RequestContext } from '../context/request-context.js';

export interface OutboxTables {
  outbox: {
    id: Generated<string>;
    queue: string;
    job_name: string;
    job_id: string;
    payload: JSONColumnType<QueuedPayload>;
    run_at: Date | null;
    created_at: Generated<Date>;
  };
}

/** What travels: the job's own payload, and the request that it is done for. */
export interface QueuedPayload {
  payload: Record<string, unknown>;
  context: RequestContext | null;
  attempts: number;
}
