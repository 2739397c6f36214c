import { createPostgresBackend, Queue, type QueueOptions, Worker, type WorkerOptions } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { QUEUES, type QueueName } from './job-queue.js';
import type { QueuedPayload } from './outbox-table.js';

export type BullQueue = Queue<QueuedPayload, void, string>;
export type BullWorker = Worker<QueuedPayload, void, string>;
export type BullProcessor = (job: {
  id?: string;
  name: string;
  data: QueuedPayload;
  attemptsMade: number;
}) => Promise<void>;
type Tuning = Omit<WorkerOptions, 'connection' | 'prefix'>;

/** Where BullMQ keeps its queues. The rest of the room does not know which it is. */
export interface BullBackend {
  /** Throws while the backend is away. */
  ready(): Promise<void>;
  queue(name: QueueName): BullQueue;
  worker(name: QueueName, process: BullProcessor, tuning: Tuning): BullWorker;
  close(): Promise<void>;
}

const PREFIX = 'virtgate';
/** Schema of BullMQ's own tables; `migrate` makes it. */
const SCHEMA = 'bullmq';
const OUTAGE_MS = 3000;

/** One pool for all queues: each worker holds one connection to listen on, the rest is shared. */
export function postgresBackend(url: string): BullBackend {
  const pool = new pg.Pool({
    connectionString: url,
    max: QUEUES.length + 6,
    application_name: 'virtgate queue',
    options: `-c search_path=${SCHEMA}`,
    connectionTimeoutMillis: OUTAGE_MS,
    statement_timeout: 10_000,
    query_timeout: 12_000,
    keepAlive: true,
  });
  // Broken connections are told here; the pool replaces them.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const options = { connection: pool };
  return {
    ready: async () => {
      await pool.query('SELECT 1 FROM meta LIMIT 1');
    },
    queue: (name) => new Queue(name, options, createPostgresBackend) as unknown as BullQueue,
    worker: (name, process, tuning) =>
      new Worker(name, process, { ...options, ...tuning }, createPostgresBackend) as unknown as BullWorker,
    close: () => pool.end(),
  };
}

export function redisBackend(url: string): BullBackend {
  const common = { connectTimeout: OUTAGE_MS, retryStrategy: (times: number) => Math.min(times * 100, 2000) };
  // Adding fails soon while Redis is away; the relay keeps the row and tries again.
  const producer = new Redis(url, { ...common, maxRetriesPerRequest: 1, commandTimeout: OUTAGE_MS });
  const consumer = new Redis(url, { ...common, maxRetriesPerRequest: null });
  for (const connection of [producer, consumer]) connection.on('error', () => {});
  const queueOptions: QueueOptions = { connection: producer, prefix: PREFIX };
  return {
    ready: async () => {
      await producer.ping();
    },
    queue: (name) => new Queue(name, queueOptions) as unknown as BullQueue,
    worker: (name, process, tuning) =>
      new Worker(name, process, { connection: consumer, prefix: PREFIX, ...tuning }) as unknown as BullWorker,
    close: async () => {
      producer.disconnect();
      consumer.disconnect();
    },
  };
}
