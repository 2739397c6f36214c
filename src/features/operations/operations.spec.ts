import { setTimeout as sleep } from 'node:timers/promises';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { redisIsInstalled, startRedis, type TestRedis } from '../../../test/support/redis.js';
import {
  createToyCluster,
  startToyWorker,
  TOY_PRINCIPAL,
  type ToyTables,
  type ToyWorker,
} from '../../../test/support/toy-operations.js';
import type { AuditTables } from '../../platform/audit/audit-tables.js';
import { runInContext } from '../../platform/context/request-context.js';
import { PostgresDatabase } from '../../platform/database/postgres-database.js';
import { CancelOperationCommand } from './commands/cancel-operation.js';
import { PruneOperationsCommand } from './commands/prune-operations.js';
import type { OperationTables } from './data/operation-tables.js';
import { OperationChanges } from './operation-changes.js';
import type { OperationView } from './operations.contract.js';

describe.each(['postgres', 'redis'] as const)('operations with the queue on %s', (kind) => {
  const test = kind === 'redis' && !redisIsInstalled ? it.skip : it;
  let fresh: FreshDatabase;
  let redis: TestRedis | null;
  let worker: ToyWorker;

  beforeEach(async () => {
    fresh = await freshDatabase();
    redis = kind === 'redis' && redisIsInstalled ? await startRedis() : null;
    const setup = new PostgresDatabase({ url: fresh.url });
    await createToyCluster(setup);
    await setup.close();
    worker = await startToyWorker(fresh.url, redis?.url ?? null);
  });
  afterEach(async () => {
    await worker.stop();
    await redis?.close();
    await fresh.close();
  });

  const settled = async ({ id }: OperationView): Promise<OperationView> =>
    (await worker.get(OperationChanges).untilSettled(id, 120_000))!;
  const until = async (condition: () => Promise<boolean>) => {
    for (let i = 0; i < 300 && !(await condition()); i += 1) await sleep(30);
    expect(await condition()).toBe(true);
  };
  const told = async ({ id }: OperationView): Promise<OperationView[]> => {
    const views: OperationView[] = [];
    const end = AbortSignal.timeout(15_000);
    for await (const { view } of worker.get(OperationChanges).follow(id, 0, end)) views.push(view);
    return views;
  };
  const toys = () => worker.database.tables<ToyTables>();
  const setObject = (name: string, change: Partial<ToyTables['toy_object']>) =>
    toys().updateTable('toy_object').set(change).where('name', '=', name).execute();
  const objects = () => toys().selectFrom('toy_object').selectAll().execute();
  const asks = async () =>
    (await toys().selectFrom('toy_ask').select('step').execute()).map(({ step }) => step);
  const cancel = ({ id }: OperationView) => worker.get(CancelOperationCommand).execute(TOY_PRINCIPAL, id);

  test('go from step to step to success, and every state is told in order', async () => {
    const begun = await worker.begin('bear');
    expect(begun).toMatchObject({
      kind: 'toy.make',
      state: 'PENDING',
      progress: null,
      target: { type: 'toy', project: 'playroom', name: 'bear' },
      requestedBy: { type: 'user', id: 'u1', name: 'ada' },
      cancellable: true,
      finishedAt: null,
    });
    const following = told(begun);
    await until(async () => (await objects()).length === 1);
    await setObject('bear', { progress: 40 });
    await until(async () => (await worker.operations.get(begun.id))?.progress === 40);
    await setObject('bear', { ready: true });
    const views = await following;
    expect(views.map((view) => view.state).filter((state, n, all) => state !== all[n - 1])).toEqual([
      'PENDING',
      'RUNNING',
      'SUCCEEDED',
    ]);
    const last = views.at(-1)!;
    expect(last).toMatchObject({ progress: 100, result: { name: 'bear' }, error: null, cancellable: false });
    expect(last.steps.map((step) => [step.name, step.state])).toEqual([
      ['check', 'SUCCEEDED'],
      ['make', 'SUCCEEDED'],
      ['ready', 'SUCCEEDED'],
      ['clean-up', 'SKIPPED'],
    ]);
    expect(await asks()).toEqual(['check', 'make']);
    expect(await worker.operations.unfinished('p1', 'toy', 'bear')).toEqual([]);
  });

  test('keep what was asked with them sealed, and what was done in the audit', async () => {
    const begun = await runInContext(
      { requestId: 'r-9', sourceAddress: '192.0.2.7', idempotencyId: null, dryRun: false },
      () => worker.begin('secret-bear', { instant: true, note: 'password123' } as never),
    );
    expect(begun.requestId).toBe('r-9');
    await settled(begun);
    const row = await worker.database
      .tables<OperationTables>()
      .selectFrom('operation')
      .select('input')
      .executeTakeFirstOrThrow();
    expect(row.input.includes('password123')).toBe(false);
    const audit = await worker.database
      .tables<AuditTables>()
      .selectFrom('audit_record')
      .selectAll()
      .orderBy('id')
      .execute();
    expect(audit.map((entry) => [entry.action, entry.result, entry.request_id, entry.actor_name])).toEqual([
      ['toy.make', 'accepted', 'r-9', 'ada'],
      ['toy.make', 'succeeded', 'r-9', 'ada'],
    ]);
  });

  test('fail with what the cluster refused', async () => {
    const view = await settled(await worker.begin('ghost', { refuse: true }));
    expect(view).toMatchObject({
      state: 'FAILED',
      error: { code: 'resource.not_found', message: 'There is no such toy.' },
    });
    expect(view.steps.map((step) => step.state)).toEqual(['FAILED', 'SKIPPED', 'SKIPPED', 'SKIPPED']);
    expect(await asks()).toEqual(['check']);
  });

  test('try again what can pass', async () => {
    const view = await settled(await worker.begin('bear', { failures: 3, instant: true }));
    expect(view.state).toBe('SUCCEEDED');
    expect(await asks()).toEqual(['check', 'check', 'check', 'check', 'make']);
  });

  test('fail as exhausted when it does not pass', async () => {
    const view = await settled(await worker.begin('bear', { failures: 1000 }));
    expect(view).toMatchObject({ state: 'FAILED', error: { code: 'operation.exhausted' } });
    expect(await asks()).toHaveLength(20);
  }, 130_000);

  test('are cancelled by their machine, which cleans up', async () => {
    const begun = await worker.begin('bear');
    await until(async () => (await objects()).length === 1);
    await until(async () => (await worker.operations.get(begun.id))?.steps[2]?.state === 'RUNNING');
    expect(await cancel(begun)).toMatchObject({ cancellable: false, finishedAt: null });
    const view = await settled(begun);
    expect(view).toMatchObject({ state: 'CANCELLED', error: { code: 'operation.cancelled' } });
    expect(await objects()).toEqual([]);
    expect(await asks()).toEqual(['check', 'make', 'clean-up']);
    await expect(cancel(begun)).rejects.toMatchObject({ code: 'operation.finished' });
  });

  test('are cancelled although a step waits for its next try', async () => {
    const begun = await worker.begin('bear', { failures: 1000 });
    await until(async () => (await asks()).length >= 5);
    await cancel(begun);
    expect(await settled(begun)).toMatchObject({ state: 'CANCELLED' });
  });

  test('cancelled in the middle of an ask leave nothing behind', async () => {
    const begun = await worker.begin('bear', { slowMs: 800 });
    await until(async () => (await asks()).includes('make'));
    await cancel(begun);
    expect(await settled(begun)).toMatchObject({ state: 'CANCELLED' });
    await sleep(1000);
    expect(await objects()).toEqual([]);
  });

  test('take back what they made although a cancel comes while that waits', async () => {
    const begun = await worker.begin('bear', { spoiled: 6 });
    await until(async () => (await asks()).filter((step) => step === 'clean-up').length >= 2);
    await cancel(begun);
    expect(await settled(begun)).toMatchObject({ state: 'FAILED', error: { code: 'toy.spoiled' } });
    expect(await objects()).toEqual([]);
  });

  test('refuse a cancel that their kind does not know', async () => {
    const begun = await worker.begin('bear', {}, { kind: 'toy.stop' });
    await expect(cancel(begun)).rejects.toMatchObject({ code: 'operation.not_cancellable' });
  });

  test('are one at a time on a target, and the second is told of the first', async () => {
    const first = await worker.begin('bear');
    await expect(worker.begin('bear')).rejects.toMatchObject({
      code: 'operation.in_progress',
      details: { operation: first.id, kind: 'toy.make' },
    });
    await worker.begin('another-bear');
    await until(async () => (await objects()).length === 2);
    await setObject('bear', { ready: true });
    await settled(first);
    await worker.begin('bear');
  });

  test('begun twenty times in parallel, exist once', async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => worker.begin('bear')));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ code: 'operation.in_progress' });
    }
  });

  test('begun twenty times under one idempotency id, are the same operation', async () => {
    const context = { requestId: 'r', sourceAddress: null, idempotencyId: 'key-1', dryRun: false };
    const views = await Promise.all(
      Array.from({ length: 20 }, () => runInContext(context, () => worker.begin('bear', { instant: true }))),
    );
    expect(new Set(views.map((view) => view.id)).size).toBe(1);
    await settled(views[0]!);
    const again = await runInContext(context, () => worker.begin('bear', { instant: true }));
    expect(again).toMatchObject({ id: views[0]!.id, state: 'SUCCEEDED' });
    expect(await asks()).toEqual(['check', 'make']);
  });

  test('of which one request begins several, are several', async () => {
    const context = { requestId: 'r', sourceAddress: null, idempotencyId: 'key-2', dryRun: false };
    const both = () =>
      runInContext(context, async () => [await worker.begin('bear'), await worker.begin('cub')]);
    const [bear, cub] = await both();
    expect(cub!.id).not.toBe(bear!.id);
    expect((await runInContext(context, () => worker.begin('bear'))).id).toBe(bear!.id);
  });

  test('begun in a transaction that rolls back, never were', async () => {
    const failing = worker.begin('bear', {}, { also: async () => Promise.reject(new Error('no')) });
    await expect(failing).rejects.toThrow('no');
    await sleep(500);
    expect(await asks()).toEqual([]);
    await worker.begin('bear');
  });

  test('are replaced by one that supersedes them', async () => {
    const first = await worker.begin('bear');
    await until(async () => (await objects()).length === 1);
    const second = await worker.begin('bear', {}, { kind: 'toy.stop', supersedes: ['toy.make'] });
    const replaced = (await worker.operations.get(first.id))!;
    expect(replaced).toMatchObject({ state: 'CANCELLED', error: { code: 'operation.superseded' } });
    expect(replaced.error!.message).toContain(second.id);
    await setObject('bear', { ready: true });
    expect((await settled(second)).state).toBe('SUCCEEDED');
    await sleep(200);
    expect((await worker.operations.get(first.id))!.state).toBe('CANCELLED');
  });

  test('superseded by twenty at once, are replaced by one', async () => {
    await worker.begin('bear');
    const more = { kind: 'toy.stop', supersedes: ['toy.make'] };
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => worker.begin('bear', {}, more)),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  });

  test('are forgotten 30 days after they settled, not before', async () => {
    const begun = await worker.begin('bear', { instant: true });
    await settled(begun);
    await worker.begin('unfinished-bear');
    const prune = worker.get(PruneOperationsCommand);
    expect(await prune.execute(new Date(Date.now() + 29 * 24 * 3600 * 1000))).toBe(0);
    expect(await prune.execute(new Date(Date.now() + 31 * 24 * 3600 * 1000))).toBe(1);
    expect(await worker.operations.get(begun.id)).toBeNull();
  });

  test('are brought to their end by two workers together, each ask once', async () => {
    const second = await startToyWorker(fresh.url, redis?.url ?? null);
    try {
      const begun = await Promise.all(
        Array.from({ length: 15 }, (_, n) => worker.begin(`bear-${n}`, { instant: true })),
      );
      for (const one of begun) expect((await settled(one)).state).toBe('SUCCEEDED');
      expect((await asks()).sort()).toEqual([...Array(15).fill('check'), ...Array(15).fill('make')]);
    } finally {
      await second.stop();
    }
  });
});
