import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { startProcess, type TestProcess } from '../../../test/support/process.js';
import { redisIsInstalled, startRedis, type TestRedis } from '../../../test/support/redis.js';
import { startToyGateway, type ToyGateway } from '../../../test/support/toy-gateway.js';
import { createToyCluster, startToyWorker, type ToyTables } from '../../../test/support/toy-operations.js';
import { until } from '../../../test/support/virtgate.js';
import { migrate } from '../../platform/database/migrations.js';
import { PostgresDatabase } from '../../platform/database/postgres-database.js';
import { EmbeddedPostgres } from '../../platform/embedded-postgres/embedded-postgres.js';
import { OperationChanges } from './operation-changes.js';
import type { OperationView } from './operations.contract.js';

/** Whatever becomes of the single look: a database that comes back refuses some, and a busy machine is late. */
async function settles(changes: OperationChanges, { id }: { id: string }): Promise<OperationView> {
  let last: OperationView | null = null;
  await until(
    `operation ${id} settles`,
    async () => {
      last = (await changes.untilSettled(id, 5_000).catch(() => null)) ?? last;
      return last !== null && ['SUCCEEDED', 'FAILED', 'CANCELLED'].includes(last.state);
    },
    120_000,
    () => JSON.stringify(last),
  );
  return last as unknown as OperationView;
}

const WORKER = fileURLToPath(new URL('../../../test/support/toy-worker.ts', import.meta.url));

describe.each(['postgres', 'redis'] as const)('operations of a killed worker, queue on %s', (kind) => {
  const test = kind === 'redis' && !redisIsInstalled ? it.skip : it;
  // What does not depend on the queue's way of giving a job on is tried on one of them.
  const testOnce = kind === 'redis' ? it.skip : it;
  let fresh: FreshDatabase;
  let redis: TestRedis | null;
  let database: PostgresDatabase;
  let gateway: ToyGateway;
  const workers: TestProcess[] = [];

  beforeEach(async () => {
    fresh = await freshDatabase();
    redis = kind === 'redis' && redisIsInstalled ? await startRedis() : null;
    database = new PostgresDatabase({ url: fresh.url });
    await createToyCluster(database);
    gateway = await startToyGateway(fresh.url);
  }, 120_000);
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.kill();
    await gateway.app.close();
    await database.close();
    await redis?.close();
    await fresh.close();
  }, 60_000);

  const worker = async (): Promise<TestProcess> => {
    const env: Record<string, string> = { DATABASE_URL: fresh.url, TOY_WORKER: '1' };
    if (redis) env.REDIS_URL = redis.url;
    const started = startProcess(WORKER, env);
    workers.push(started);
    await started.line('working');
    return started;
  };
  const make = async (body: object): Promise<OperationView> => {
    const send = () =>
      fetch(`${gateway.url}/api/v1/toys`, {
        method: 'POST',
        headers: { authorization: 'Bearer ada', 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    let response = await send();
    // A machine that starts Postgres and a worker at this moment may keep the database from answering in time.
    await until('the database answers', async () => {
      if (response.status !== 503) return true;
      response = await send();
      return false;
    });
    expect(response.status).toBe(202);
    return (await response.json()) as OperationView;
  };
  const settled = (operation: OperationView) =>
    settles(gateway.app.get(OperationChanges, { strict: false }), operation);
  const objects = () => database.tables<ToyTables>().selectFrom('toy_object').selectAll().execute();

  test.each([
    ['before it has asked', 'asking make', []],
    ['after it has asked and before it could say so', 'made', ['bear']],
  ])(
    'end well when it dies %s',
    async (_when, line, there) => {
      const doomed = await worker();
      const begun = await make({ name: 'bear', slowMs: 1500, instant: true });
      await doomed.line(line);
      await doomed.kill();
      expect((await objects()).map(({ name }) => name)).toEqual(there);
      await worker();
      expect(await settled(begun)).toMatchObject({ state: 'SUCCEEDED', result: { name: 'bear' } });
      expect(await objects()).toHaveLength(1);
    },
    180_000,
  );

  testOnce(
    'end well when it dies between the answer of the cluster and the outcome',
    async () => {
      const doomed = await worker();
      const begun = await make({ name: 'bear' });
      const view = async () =>
        (await gateway.app.get(OperationChanges, { strict: false }).untilSettled(begun.id, 0))!;
      await until('the cluster is waited for', async () => (await view()).steps[2]!.state === 'RUNNING');
      await doomed.kill();
      await database.tables<ToyTables>().updateTable('toy_object').set({ ready: true }).execute();
      await sleep(300);
      expect(
        (await gateway.app.get(OperationChanges, { strict: false }).untilSettled(begun.id, 0))!.state,
      ).toBe('RUNNING');
      await worker();
      expect(await settled(begun)).toMatchObject({ state: 'SUCCEEDED' });
    },
    180_000,
  );

  testOnce(
    'end well when none was there as they began',
    async () => {
      const begun = await make({ name: 'bear', instant: true });
      await sleep(500);
      await worker();
      expect(await settled(begun)).toMatchObject({ state: 'SUCCEEDED' });
    },
    180_000,
  );

  testOnce(
    'go on at the other worker when the leading one dies',
    async () => {
      const one = await worker();
      const other = await worker();
      const begun = await Promise.all(
        Array.from({ length: 6 }, (_, n) => make({ name: `bear-${n}`, slowMs: 700, instant: true })),
      );
      await Promise.race([one.line('asking make'), other.line('asking make')]);
      await one.kill();
      for (const each of begun) expect(await settled(each)).toMatchObject({ state: 'SUCCEEDED' });
      expect(await objects()).toHaveLength(6);
    },
    180_000,
  );
});

describe('operations while Postgres is away for ten seconds', () => {
  it('are refused clearly meanwhile; those that were accepted end well', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'virtgate-operations-away-'));
    const server = new EmbeddedPostgres({ directory });
    const { url } = await server.start();
    await migrate(url);
    const setup = new PostgresDatabase({ url });
    await createToyCluster(setup);
    const worker = await startToyWorker(url, null);
    try {
      const begun = await worker.begin('bear');
      const slow = await worker.begin('slow-bear', { slowMs: 3000, instant: true });
      const objects = () => setup.tables<ToyTables>().selectFrom('toy_object').selectAll().execute();
      await until('something was made', async () => (await objects()).length > 0);
      await server.stop();
      await expect(worker.begin('never')).rejects.toMatchObject({
        code: 'service.unavailable',
        retryAfter: 2,
      });
      await sleep(10_000);
      await server.start();
      await setup.tables<ToyTables>().updateTable('toy_object').set({ ready: true }).execute();
      const changes = worker.get(OperationChanges);
      expect(await settles(changes, begun)).toMatchObject({ state: 'SUCCEEDED' });
      expect(await settles(changes, slow)).toMatchObject({ state: 'SUCCEEDED' });
      expect((await objects()).map(({ name }) => name).sort()).toEqual(['bear', 'slow-bear']);
      await worker.begin('afterwards');
    } finally {
      await worker.stop();
      await setup.close();
      await server.stop();
      await rm(directory, { recursive: true });
    }
  }, 240_000);

  it('end well when it does not answer at all (SIGSTOP)', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'virtgate-operations-frozen-'));
    const server = new EmbeddedPostgres({ directory });
    const { url, process: postmaster } = await server.start();
    await migrate(url);
    const setup = new PostgresDatabase({ url });
    await createToyCluster(setup);
    const worker = await startToyWorker(url, null);
    try {
      const begun = await worker.begin('bear', { instant: true, slowMs: 500 });
      postmaster.kill('SIGSTOP');
      await sleep(10_000);
      postmaster.kill('SIGCONT');
      expect(await settles(worker.get(OperationChanges), begun)).toMatchObject({
        state: 'SUCCEEDED',
      });
    } finally {
      postmaster.kill('SIGCONT');
      await worker.stop();
      await setup.close();
      await server.stop();
      await rm(directory, { recursive: true });
    }
  }, 240_000);
});
