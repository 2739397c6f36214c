import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { runInContext } from '../context/request-context.js';
import { Database } from '../database/database.js';
import type { BullBackend, BullProcessor, BullQueue, BullWorker } from './bull-backend.js';
import { backoffMs } from './job-backoff.js';
import { type JobHandler, JobRunner, QUEUES, type QueueDepth, type QueueName } from './job-queue.js';
import { OutboxRelay } from './outbox-relay.js';
import { Standstill } from './standstill.js';

/**
 * A killed worker's job is free again after its lock ended and two looks found it so (BullMQ marks first, takes on
 * the next look): at most 8 + 3 + 3 s.
 */
const LOCK_MS = 8000;
const STALLED_CHECK_MS = 3000;
const RESTART_MS = 1000;
/** A worker that stood still for this long may have lost the locks of its jobs. */
const STANDSTILL_MS = 6000;

export interface BullJobRunnerOptions {
  /** Jobs that run at a time in this process, by queue. */
  concurrency?: Partial<Record<QueueName, number>>;
  /** Delay before the second try of a job, doubled from there; default 500. */
  retryDelayMs?: number;
}

const CONCURRENCY: Record<QueueName, number> = { power: 10, provision: 5, access: 3 };

export class BullJobRunner extends JobRunner {
  private readonly logger = new Logger(JobRunner.name);
  private readonly handlers = new Map<string, JobHandler>();
  private readonly queues = new Map<QueueName, BullQueue>();
  private readonly workers = new Map<QueueName, BullWorker>();
  private readonly stopping = new AbortController();
  private readonly standstill = new Standstill(STANDSTILL_MS);
  private readonly relay: OutboxRelay;
  private loops: Promise<void>[] = [];
  private away = false;

  constructor(
    private readonly backend: BullBackend,
    database: Database,
    private readonly options: BullJobRunnerOptions = {},
  ) {
    super();
    this.relay = new OutboxRelay(database, (name) => this.queue(name));
  }

  register(handler: JobHandler): void {
    const key = handlerKey(handler.queue, handler.name);
    if (this.handlers.has(key)) throw new Error(`Two handlers for job ${key}.`);
    this.handlers.set(key, handler);
  }

  async start(): Promise<void> {
    this.relay.start();
    this.standstill.watch();
    const used = new Set([...this.handlers.values()].map((handler) => handler.queue));
    this.loops = [...used].map((name) => this.keepWorking(name));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.standstill.stop();
    await this.relay.stop();
    await Promise.all([...this.workers.values()].map((worker) => worker.close().catch(() => {})));
    await Promise.all(this.loops);
    await Promise.all([...this.queues.values()].map((queue) => queue.close().catch(() => {})));
    await this.backend.close();
  }

  async depths(): Promise<Record<QueueName, QueueDepth>> {
    const entries = await Promise.all(
      QUEUES.map(async (name) => {
        const counts = await this.queue(name).getJobCounts('waiting', 'active', 'delayed', 'failed');
        const { waiting = 0, active = 0, delayed = 0, failed = 0 } = counts;
        return [name, { waiting, active, delayed, failed }] as const;
      }),
    );
    return Object.fromEntries(entries) as Record<QueueName, QueueDepth>;
  }

  private queue(name: QueueName): BullQueue {
    const known = this.queues.get(name);
    if (known) return known;
    const queue = this.backend.queue(name);
    queue.on('error', (error) => this.noteOutage(error));
    this.queues.set(name, queue);
    // One that did not come up remembers that for ever: the next use makes another.
    queue.waitUntilReady().catch(() => {
      if (this.queues.get(name) === queue) this.queues.delete(name);
      queue.close().catch(() => {});
    });
    return queue;
  }

  /** A BullMQ worker that failed to start, or whose loop ended, never comes back by itself: a new one is made. */
  private async keepWorking(name: QueueName): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.backend.ready();
        const worker = this.createWorker(name);
        this.workers.set(name, worker);
        this.noteReturn();
        await worker.run();
      } catch (error) {
        this.noteOutage(error as Error);
      }
      if (this.stopping.signal.aborted) return;
      await this.workers
        .get(name)
        ?.close(true)
        .catch(() => {});
      await sleep(RESTART_MS, undefined, { signal: this.stopping.signal }).catch(() => {});
    }
  }

  private createWorker(name: QueueName): BullWorker {
    const worker = this.backend.worker(name, this.process(name), {
      autorun: false,
      concurrency: this.options.concurrency?.[name] ?? CONCURRENCY[name],
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      // Being killed in the middle is an everyday event, not a fault of the job.
      maxStalledCount: 1000,
      runRetryDelay: RESTART_MS,
      drainDelay: 2,
      settings: {
        backoffStrategy: (attemptsMade) => backoffMs(this.options.retryDelayMs ?? 500, attemptsMade),
      },
    });
    worker.on('error', (error) => this.noteOutage(error));
    worker.on('active', () => this.noteReturn());
    return worker;
  }

  private process(queue: QueueName): BullProcessor {
    return async (job) => {
      const handler = this.handlers.get(handlerKey(queue, job.name));
      if (!handler) throw new Error(`No handler for job ${handlerKey(queue, job.name)}.`);
      const { payload, attempts } = job.data;
      const number = job.attemptsMade + 1;
      const context = job.data.context ?? {
        requestId: `job-${job.id}`,
        sourceAddress: null,
        idempotencyId: null,
        dryRun: false,
      };
      const assertHeld = this.standstill.guard();
      await runInContext({ ...context, assertHeld }, async () => {
        try {
          await handler.handle(payload, { number, last: number >= attempts });
        } catch (error) {
          this.logger.warn(
            `Job ${job.name} ${job.id} failed (attempt ${number} of ${attempts}): ${(error as Error).message}`,
          );
          throw error;
        }
      });
    };
  }

  /** Once per outage, not once per try. */
  private noteOutage(error: Error): void {
    if (this.away || this.stopping.signal.aborted) return;
    this.away = true;
    this.logger.warn(`The queue is away: ${error.message || error.name}`);
  }

  private noteReturn(): void {
    if (this.away) this.logger.log('The queue is back.');
    this.away = false;
  }
}

const handlerKey = (queue: QueueName, name: string) => `${queue}/${name}`;
