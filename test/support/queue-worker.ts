import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresDatabase } from '../../src/platform/database/postgres-database.js';
import { postgresBackend, redisBackend } from '../../src/platform/queue/bull-backend.js';
import { BullJobRunner } from '../../src/platform/queue/bull-job-runner.js';

/** A worker process to be killed: says when a job has begun, and takes its time over it. */
const { DATABASE_URL = '', REDIS_URL, JOB_MS = '60000' } = process.env;
const database = new PostgresDatabase({ url: DATABASE_URL });
const runner = new BullJobRunner(
  REDIS_URL ? redisBackend(REDIS_URL) : postgresBackend(DATABASE_URL),
  database,
);
runner.register({
  name: 'slow',
  queue: 'provision',
  handle: async (payload) => {
    console.log(`begun ${payload.n}`);
    await sleep(Number(JOB_MS));
    console.log(`done ${payload.n}`);
  },
});
await runner.start();
