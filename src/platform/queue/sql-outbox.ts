import { Injectable } from '@nestjs/common';
import { currentContext } from '../context/request-context.js';
import { Database, type Tx } from '../database/database.js';
import { type Job, Outbox } from './job-queue.js';
import type { OutboxTables, QueuedPayload } from './outbox-table.js';

/** Some four minutes. */
const DEFAULT_ATTEMPTS = 20;

@Injectable()
export class SqlOutbox extends Outbox {
  constructor(private readonly database: Database) {
    super();
  }

  async add(tx: Tx, job: Job): Promise<void> {
    if (job.id.includes(':')) throw new Error(`A job id must not contain ':': ${job.id}`);
    const queued: QueuedPayload = {
      payload: job.payload,
      context: currentContext() ?? null,
      attempts: job.attempts ?? DEFAULT_ATTEMPTS,
    };
    await tx
      .tables<OutboxTables>()
      .insertInto('outbox')
      .values({
        queue: job.queue,
        job_name: job.name,
        job_id: job.id,
        payload: JSON.stringify(queued),
        run_at: job.delayMs ? new Date(Date.now() + job.delayMs) : null,
      })
      .execute();
    await this.database.notify(tx, 'outbox', job.queue);
  }
}
