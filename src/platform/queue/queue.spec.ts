import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { startProcess } from '../../../test/support/process.js';
import { redisIsInstalled, startRedis, type TestRedis } from '../../../test/support/redis.js';
import { currentContext, runInContext } from '../context/request-context.js';
import { migrate } from '../database/migrations.js';
import { PostgresDatabase } from '../database/postgres-database.js';
import { EmbeddedPostgres } from '../embedded-postgres/embedded-postgres.js';
import { postgresBackend, redisBackend } from './bull-backend.js';
import { BullJobRunner } from './bull-job-runner.js';
import type { Job, JobHandler } from './job-queue.js';
import { SqlOutbox } from './sql-outbox.js';

const WORKER = fileURLToPath(new URL('../../../test/support/queue-worker.ts', import.meta.url));

async function until(condition: () => boolean, ms = 20_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!condition() && Date.now() < deadline) await sleep(20);
  expect(condition()).toBe(true);
}

describe.each(['postgres', 'redis'] as const)('queue on %s', (kind) => {
  const test = kind === 'redis' && !redisIsInstalled ? it.skip : it;
  let fresh: FreshDatabase;
  let redis: TestRedis | null;
  let database: PostgresDatabase;
  let outbox: SqlOutbox;
  const runners: BullJobRunner[] = [];

  beforeEach(async () => {
    fresh = await freshDatabase();
    redis = kind === 'redis' && redisIsInstalled ? await startRedis() : null;
    database = new PostgresDatabase({ url: fresh.url });
    outbox = new SqlOutbox(database);
  });
  afterEach(async () => {
    for (const runner of runners.splice(0)) await runner.stop();
    await database.close();
    await redis?.close();
    await fresh.close();
  });

  const runnerWith = async (...handlers: JobHandler[]): Promise<BullJobRunner> => {
    const backend = redis ? redisBackend(redis.url) : postgresBackend(fresh.url);
    const runner = new BullJobRunner(backend, database, { retryDelayMs: 20 });
    runners.push(runner);
    for (const handler of handlers) runner.register(handler);
    await runner.start();
    return runner;
  };
  const handler = (name: string, handle: JobHandler['handle']): JobHandler => ({
    name,
    queue: 'power',
    handle,
  });
  const job = (n: number, more: Partial<Job> = {}): Job => ({
    queue: 'power',
    name: 'note',
    id: `job-${n}`,
    payload: { n },
    ...more,
  });
  const add = (...jobs: Job[]) =>
    database.transaction(async (tx) => {
      for (const one of jobs) await outbox.add(tx, one);
    });

  test('runs what was committed, with its request, and nothing that was rolled back', async () => {
    const seen: unknown[] = [];
    await runnerWith(
      handler('note', async (payload) => void seen.push([payload, currentContext()?.requestId])),
    );
    await database
      .transaction(async (tx) => {
        await outbox.add(tx, job(1));
        throw new Error('rolled back');
      })
      .catch(() => {});
    const context = { requestId: 'request-7', sourceAddress: null, idempotencyId: null, dryRun: false };
    await runInContext(context, () => add(job(2)));
    await until(() => seen.length === 1);
    await sleep(300);
    expect(seen).toEqual([[{ n: 2 }, 'request-7']]);
  });

  test('runs a job once however many relays and workers there are and however often it was added', async () => {
    const seen: unknown[] = [];
    for (let i = 0; i < 3; i += 1) await runnerWith(handler('note', async ({ n }) => void seen.push(n)));
    const numbers = Array.from({ length: 120 }, (_, n) => n);
    await Promise.all(numbers.map((n) => add(job(n))));
    await add(...numbers.map((n) => job(n)));
    await until(() => seen.length >= 120);
    await sleep(500);
    expect([...seen].sort((a, b) => Number(a) - Number(b))).toEqual(numbers);
  });

  test('waits as long as it was told', async () => {
    const seen: number[] = [];
    await runnerWith(handler('note', async () => void seen.push(Date.now())));
    const before = Date.now();
    await add(job(1, { delayMs: 700 }));
    await until(() => seen.length === 1);
    expect(seen[0]! - before).toBeGreaterThanOrEqual(650);
  });

  test('tries again until the last attempt and says which one that is', async () => {
    const seen: unknown[] = [];
    const runner = await runnerWith(
      handler('note', async (_, attempt) => {
        seen.push(attempt);
        throw new Error('not yet');
      }),
    );
    await add(job(1, { attempts: 3 }));
    await until(() => seen.length === 3);
    expect(seen).toEqual([
      { number: 1, last: false },
      { number: 2, last: false },
      { number: 3, last: true },
    ]);
    await sleep(300);
    expect(seen).toHaveLength(3);
    expect((await runner.depths()).power).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 1 });
  });

  test('one queue does not wait for another', async () => {
    const seen: unknown[] = [];
    let release = () => {};
    const blocked = new Promise<void>((resolve) => {
      release = resolve;
    });
    await runnerWith(
      handler('note', async ({ n }) => void seen.push(n)),
      {
        name: 'slow',
        queue: 'provision',
        handle: () => blocked,
      },
    );
    await add(
      ...Array.from({ length: 20 }, (_, n) => job(100 + n, { queue: 'provision', name: 'slow' })),
      job(1),
    );
    await until(() => seen.length === 1);
    release();
  });

  test('takes up the job of a worker that was killed in the middle of it', async () => {
    const env: Record<string, string> = { DATABASE_URL: fresh.url };
    if (redis) env.REDIS_URL = redis.url;
    const doomed = startProcess(WORKER, env);
    await add(job(5, { queue: 'provision', name: 'slow' }));
    await doomed.line('begun 5');
    await doomed.kill();
    const heir = startProcess(WORKER, { ...env, JOB_MS: '1' });
    try {
      await heir.line('done 5');
    } finally {
      await heir.kill();
    }
  }, 45_000);

  const testRedis = kind === 'redis' ? test : it.skip;
  testRedis(
    'loses nothing while Redis is away, and goes on by itself',
    async () => {
      const seen: unknown[] = [];
      await runnerWith(handler('note', async ({ n }) => void seen.push(n)));
      await add(job(1));
      await until(() => seen.length === 1);
      await redis!.kill();
      await add(job(2), job(3));
      await sleep(4000);
      await redis!.restart();
      await until(() => seen.length === 3);
      expect([...seen].sort()).toEqual([1, 2, 3]);
    },
    45_000,
  );
});

describe('queue on a Postgres that goes away', () => {
  it('loses nothing, and goes on by itself', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'virtgate-queue-away-'));
    const server = new EmbeddedPostgres({ directory });
    const { url } = await server.start();
    await migrate(url);
    const database = new PostgresDatabase({ url });
    const outbox = new SqlOutbox(database);
    const runner = new BullJobRunner(postgresBackend(url), database, { retryDelayMs: 20 });
    const seen: unknown[] = [];
    const begun: unknown[] = [];
    runner.register({
      name: 'note',
      queue: 'power',
      handle: async ({ n, ms }) => {
        begun.push(n);
        await sleep(Number(ms));
        seen.push(n);
      },
    });
    const add = (n: number, ms = 0) =>
      database.transaction((tx) =>
        outbox.add(tx, { queue: 'power', name: 'note', id: `job-${n}`, payload: { n, ms } }),
      );
    try {
      await runner.start();
      await add(1);
      await until(() => seen.includes(1));
      await add(2, 1500);
      await until(() => begun.includes(2));
      await server.stop();
      await expect(add(3)).rejects.toMatchObject({ code: 'service.unavailable' });
      await sleep(10_000);
      await server.start();
      await until(() => seen.includes(2));
      await add(4);
      await until(() => seen.includes(4));
      expect(seen).not.toContain(3);
    } finally {
      await runner.stop();
      await database.close();
      await server.stop();
      await rm(directory, { recursive: true });
    }
  }, 60_000);

  it('serves queues that were asked for the first time while it did not answer', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'virtgate-queue-mute-'));
    const server = new EmbeddedPostgres({ directory });
    const { url, process: postmaster } = await server.start();
    await migrate(url);
    const database = new PostgresDatabase({ url });
    const runner = new BullJobRunner(postgresBackend(url), database);
    try {
      postmaster.kill('SIGSTOP');
      await expect(runner.depths()).rejects.toThrow('timeout');
      postmaster.kill('SIGCONT');
      const deadline = Date.now() + 20_000;
      let depths = await runner.depths().catch(() => null);
      while (!depths && Date.now() < deadline) depths = await runner.depths().catch(() => sleep(100, null));
      expect(depths).toMatchObject({ power: { waiting: 0 } });
    } finally {
      postmaster.kill('SIGCONT');
      await runner.stop();
      await database.close();
      await server.stop();
      await rm(directory, { recursive: true });
    }
  }, 60_000);
});
