import type { Tx } from '../database/database.js';

/** One queue per kind of work, each with its own concurrency, so that slow imports never starve power actions. */
export const QUEUES = ['power', 'provision', 'access'] as const;
export type QueueName = (typeof QUEUES)[number];

export interface Job {
  queue: QueueName;
  /** Which handler runs it. */
  name: string;
  /** Deterministic, without ':'; the same id is never queued twice while it is known to the queue. */
  id: string;
  payload: Record<string, string | number | boolean | null>;
  /** Not before. */
  delayMs?: number;
  /** Default 20: with the back-off between them about four minutes. */
  attempts?: number;
}

export interface JobHandler {
  name: string;
  queue: QueueName;
  /** At least once: must be idempotent. A throw is tried again with back-off until `attempts`; then `exhausted`. */
  handle(payload: Record<string, unknown>, attempt: { number: number; last: boolean }): Promise<void>;
}

/** Writes the job to the outbox in the caller's transaction: no job without a commit, none lost after one. */
export abstract class Outbox {
  abstract add(tx: Tx, job: Job): Promise<void>;
}

/** Worker side: handlers by name; the relay moves outbox rows into BullMQ. */
export abstract class JobRunner {
  abstract register(handler: JobHandler): void;
  /** Returns at once; takes up work as soon as the queue can be reached, and again after every outage. */
  abstract start(): Promise<void>;
  /** Takes no new job and waits for those that run. */
  abstract stop(): Promise<void>;
  /** Jobs by state, for metrics; throws while the queue is away. */
  abstract depths(): Promise<Record<QueueName, QueueDepth>>;
}

export interface QueueDepth {
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
}
