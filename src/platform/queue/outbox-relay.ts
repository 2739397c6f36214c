import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Database, type Tx } from '../database/database.js';
import type { BullQueue } from './bull-backend.js';
import { BACKOFF } from './job-backoff.js';
import type { QueueName } from './job-queue.js';
import type { OutboxTables, QueuedPayload } from './outbox-table.js';

const POLL_MS = 1500;
const LONGEST_PAUSE_MS = 5000;
const BATCH = 50;

interface OutboxRow {
  id: string;
  queue: string;
  job_name: string;
  job_id: string;
  payload: QueuedPayload;
  run_at: Date | null;
}

/**
 * Moves committed outbox rows into the queue. A row is deleted only after its job was added; a crash in between adds
 * it again under the same id, which the queue knows. Any number of relays share the work by SKIP LOCKED.
 */
export class OutboxRelay {
  private readonly logger = new Logger(OutboxRelay.name);
  private readonly stopping = new AbortController();
  private wake: () => void = () => {};
  private woken = false;
  private running: Promise<void> | null = null;
  private unlisten: () => void = () => {};

  constructor(
    private readonly database: Database,
    private readonly queueOf: (name: QueueName) => BullQueue,
  ) {}

  start(): void {
    this.unlisten = this.database.listen('outbox', () => {
      this.woken = true;
      this.wake();
    });
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.unlisten();
    this.stopping.abort();
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      try {
        this.woken = false;
        const moved = await this.database.transaction((tx) => this.moveBatch(tx));
        if (failures > 0) this.logger.log('Jobs are relayed again.');
        failures = 0;
        if (moved < BATCH && !this.woken) await this.pause(POLL_MS);
      } catch (error) {
        failures += 1;
        if (failures === 1) this.logger.warn(`Jobs wait in the outbox: ${(error as Error).message}`);
        await sleep(Math.min(200 * 2 ** failures, LONGEST_PAUSE_MS), undefined, {
          signal: this.stopping.signal,
        }).catch(() => {});
      }
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async moveBatch(tx: Tx): Promise<number> {
    const table = tx.tables<OutboxTables>();
    const rows: OutboxRow[] = await table
      .selectFrom('outbox')
      .select(['id', 'queue', 'job_name', 'job_id', 'payload', 'run_at'])
      .orderBy('id')
      .limit(BATCH)
      .forUpdate()
      .skipLocked()
      .execute();
    if (rows.length === 0) return 0;
    for (const row of rows) await this.addJob(row);
    await table
      .deleteFrom('outbox')
      .where(
        'id',
        'in',
        rows.map((row) => row.id),
      )
      .execute();
    return rows.length;
  }

  private async addJob(row: OutboxRow): Promise<void> {
    await this.queueOf(row.queue as QueueName).add(row.job_name, row.payload, {
      jobId: row.job_id,
      delay: row.run_at ? Math.max(0, row.run_at.getTime() - Date.now()) : 0,
      attempts: row.payload.attempts,
      backoff: { type: BACKOFF },
      removeOnComplete: { age: 3600, count: 1000 },
      removeOnFail: { age: 24 * 3600, count: 1000 },
    });
  }
}
