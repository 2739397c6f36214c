import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { sql } from 'kysely';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import type { Principal } from '../../kernel/principal.js';
import { runInContext } from '../../platform/context/request-context.js';
import { Database } from '../../platform/database/database.js';
import { DatabaseModule } from '../../platform/database/database.module.js';
import { PlatformModule } from '../../platform/doors/platform.module.js';
import type { ProjectDirectory } from '../access/access.contract.js';
import { OperationsContract, type OperationView, type Take } from '../operations/operations.contract.js';
import { OperationsCoreModule } from '../operations/operations-core.module.js';
import { FedClusterCache } from '../virtual-machines/data/fed-cluster-cache.spec-support.js';
import { KnownSizes } from './data/known-sizes.js';
import { writeSetting } from './data/quota-settings.js';
import type { QuotaTables } from './data/quota-tables.js';
import { ResolveTakes } from './data/resolve-takes.js';
import { SeenUsage } from './data/seen-usage.js';
import { readTotals } from './data/totals.js';
import { noteRead } from './data/usage-rows.js';
import type { Tally } from './domain/meters.js';
import { QuotaLedger } from './quota-ledger.js';
import { UsageObserver } from './worker/usage-observer.js';

@Module({})
class Room {}

const principal = {
  id: 'u-1',
  type: 'user',
  name: 'ada',
  bindings: [],
  tokenId: null,
} as unknown as Principal;
const project = { id: 'p-1', name: 'demo', tenantId: 't-1', tenant: 'acme', namespace: 'vg-demo-1' };
const MI = 1024n ** 2n;

const machine = (name: string, sockets: number, runStrategy = 'Halted', claims: string[] = []) => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name },
  spec: {
    runStrategy,
    template: {
      spec: {
        domain: { cpu: { sockets }, memory: { guest: '64Mi' } },
        volumes: claims.map((claimName) => ({ persistentVolumeClaim: { claimName } })),
      },
    },
  },
});
const claim = (name: string, storage: string, storageClassName = 'fast') => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { storageClassName, volumeMode: 'Block', resources: { requests: { storage } } },
});

describe('the ledger of quotas', () => {
  let fresh: FreshDatabase;
  let app: INestApplicationContext;
  let database: Database;
  let operations: OperationsContract;
  let cache: FedClusterCache;
  let ledger: QuotaLedger;
  let observer: UsageObserver;

  beforeAll(async () => {
    fresh = await freshDatabase();
    const platform = PlatformModule.forRoot({
      masterSecret: 'a secret of tests that is long enough',
      capabilities: [DatabaseModule.forRoot({ url: fresh.url })],
    });
    const room = { module: Room, imports: [platform, OperationsCoreModule] };
    app = await NestFactory.createApplicationContext(room, { logger: false });
    database = app.get(Database);
    operations = app.get(OperationsContract);
    for (const kind of ['toy.make', 'toy.undo']) {
      operations.registerKind({
        kind,
        queue: 'provision',
        steps: ['do'],
        cancellable: true,
        takes: ({ input }) => input.takes as Take[],
      });
    }
    cache = new FedClusterCache();
    const sizes = new KnownSizes(cache);
    ledger = new QuotaLedger(operations, new ResolveTakes(sizes));
    const projects = { byNamespace: () => project, all: () => [project] } as unknown as ProjectDirectory;
    observer = new UsageObserver(database, new SeenUsage(cache, sizes), projects);
    ledger.stockTakenBy(async (tx, { namespace }) => {
      await observer.takeStock(tx, namespace, project);
    });
    ledger.onModuleInit();
    await sql`INSERT INTO tenant (id, name) VALUES ('t-1', 'acme')`.execute(database.tables());
    await sql`INSERT INTO project (id, tenant_id, name, namespace) VALUES ('p-1', 't-1', 'demo', 'vg-demo-1')`.execute(
      database.tables(),
    );
  }, 60_000);

  afterAll(async () => {
    await app?.close();
    await fresh?.close();
  });

  beforeEach(async () => {
    await sql`TRUNCATE operation, quota, quota_usage, quota_reservation, quota_ledger CASCADE`.execute(
      database.tables(),
    );
    for (const kind of ['VirtualMachine', 'PersistentVolumeClaim', 'VirtualMachineSnapshot']) {
      for (let index = 0; index < 60; index += 1) cache.drop(kind, `x-${index}`);
    }
  });

  let number = 0;
  const begin = (takes: Take[], more: { kind?: string; target?: string; supersedes?: string[] } = {}) => {
    number += 1;
    const target = more.target ?? `t-${number}`;
    return database.transaction((tx) =>
      operations.begin(tx, {
        kind: more.kind ?? 'toy.make',
        principal,
        project,
        target: { type: 'toy', name: target },
        input: { takes },
        ...(more.supersedes && { supersedes: more.supersedes }),
      }),
    );
  };
  const settle = ({ id }: OperationView) =>
    database.transaction(async (tx) => {
      await ledger.settle(tx, { id, project });
      await sql`UPDATE operation SET state = 'SUCCEEDED', finished_at = now() WHERE id = ${id}`.execute(
        tx.tables(),
      );
    });
  const write = () => database.transaction((tx) => observer.takeStock(tx, project.namespace, project));
  const totals = async () => {
    const scope = { projectId: 'p-1', tenantId: 't-1', tenantWide: true };
    return (await readTotals(database.tables<QuotaTables>(), scope)).project;
  };
  const of = async (meter: string): Promise<[bigint, bigint]> => {
    const { used, reserved }: { used: Tally; reserved: Tally } = await totals();
    return [used[meter] ?? 0n, reserved[meter] ?? 0n];
  };
  const limit = (limits: Record<string, bigint>) =>
    database.transaction(async (tx) => {
      await noteRead(tx);
      await writeSetting(
        tx,
        { tenantId: 't-1', projectId: 'p-1' },
        { limits, projectDefaults: {}, tenantDefaults: {}, warnAtPercent: null },
      );
    });
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'accepted',
      (error) => error.code ?? String(error),
    );
  const make = (name: string, cpus: number): Take[] => [
    { type: 'virtual-machine', name, size: { cpus, memory: '64Mi' } },
  ];

  it('counts an object once: while it is reserved, when it appears, when it is written down, when all is settled', async () => {
    const made = await begin(make('x-1', 2));
    expect(await of('vcpus')).toEqual([0n, 2n]);
    cache.put(machine('x-1', 2));
    expect(await of('vcpus')).toEqual([0n, 2n]);
    await write();
    expect(await of('vcpus')).toEqual([2n, 0n]);
    await settle(made);
    expect(await of('vcpus')).toEqual([2n, 0n]);
    expect(await of('memory')).toEqual([64n * MI, 0n]);

    const resized = await begin(make('x-1', 5));
    expect(await of('vcpus')).toEqual([2n, 3n]);
    expect(await of('vms')).toEqual([1n, 0n]);
    cache.put(machine('x-1', 5));
    // Nobody has written it down: settling does.
    await settle(resized);
    expect(await of('vcpus')).toEqual([5n, 0n]);

    const deleted = await begin([]);
    cache.drop('VirtualMachine', 'x-1');
    await settle(deleted);
    expect(await of('vcpus')).toEqual([0n, 0n]);
  });

  it('shows every reader an object as reserved or as used, never as both or neither, while operations settle', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `x-${index}`);
    const begun: OperationView[] = [];
    for (const name of names) begun.push(await begin(make(name, 1)));
    for (const name of names) cache.put(machine(name, 1));
    const sums = new Set<bigint>();
    let settling = true;
    const reader = async () => {
      while (settling) {
        const [used, reserved] = await of('vms');
        sums.add(used + reserved);
      }
    };
    const readers = [reader(), reader()];
    await Promise.all(begun.map(settle));
    settling = false;
    await Promise.all(readers);
    expect([...sums]).toEqual([20n]);
    expect(await of('vms')).toEqual([20n, 0n]);
  });

  it('lets no more through than there is room for, however many ask at a time', async () => {
    await limit({ vms: 7n });
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => codeOf(begin(make(`x-${index}`, 1)))),
    );
    expect(answers.filter((code) => code === 'accepted')).toHaveLength(7);
    expect(new Set(answers)).toEqual(new Set(['accepted', 'quota.exceeded']));
    expect(await of('vms')).toEqual([0n, 7n]);
    const { rows } = await sql<{ count: string }>`SELECT count(*) FROM operation`.execute(database.tables());
    expect(rows[0]?.count).toBe('7');
  });

  it('reserves once for what is asked twice under one idempotency key', async () => {
    const context = { requestId: 'r', sourceAddress: null, idempotencyId: 'key', dryRun: false };
    const again = () => runInContext(context, () => begin(make('x-1', 1), { target: 'same' }));
    const [first, second] = [await again(), await again()];
    expect(second.id).toBe(first.id);
    expect(await of('vms')).toEqual([0n, 1n]);
  });

  it('hands what a superseded operation may have made to its successor', async () => {
    cache.put(machine('x-1', 1));
    await write();
    const running: Take[] = [{ type: 'virtual-machine', name: 'x-1', running: true }];
    await begin(running, { target: 'x' });
    expect(await of('runningVms')).toEqual([0n, 1n]);
    const undo = await begin([], { kind: 'toy.undo', target: 'x', supersedes: ['toy.make'] });
    expect(await of('runningVms')).toEqual([0n, 1n]);
    await settle(undo);
    expect(await of('runningVms')).toEqual([0n, 0n]);
  });

  it('meets the disks of a copy under whatever names the cluster gives them', async () => {
    cache.put(machine('x-1', 2, 'Halted', ['x-10', 'x-11']));
    cache.put(claim('x-10', '64Mi'));
    cache.put(claim('x-11', '32Mi', 'slow'));
    await write();
    const like = { virtualMachine: 'x-1' };
    const copy = await begin([
      { type: 'virtual-machine', name: 'x-2', like },
      { type: 'disks-of', name: 'x-2', like },
    ]);
    expect(await of('vcpus')).toEqual([2n, 2n]);
    expect(await of('disks')).toEqual([2n, 2n]);
    expect(await of('storage/slow')).toEqual([32n * MI, 32n * MI]);
    cache.put(claim('x-20', '64Mi'));
    cache.put(machine('x-2', 2, 'Halted', ['x-20', 'x-21']));
    await write();
    expect(await of('disks')).toEqual([3n, 1n]);
    expect(await of('storage')).toEqual([160n * MI, 32n * MI]);
    cache.put(claim('x-21', '32Mi', 'slow'));
    await settle(copy);
    expect(await of('disks')).toEqual([4n, 0n]);
  });

  it('judges no limit before the cluster has been read, and what is not limited always', async () => {
    await limit({ vms: 5n });
    await sql`DELETE FROM quota_ledger`.execute(database.tables());
    expect(await codeOf(begin(make('x-1', 1)))).toBe('quota.not_ready');
    await sql`DELETE FROM quota`.execute(database.tables());
    expect(await codeOf(begin(make('x-1', 1)))).toBe('accepted');
  });

  it('rehearses without writing', async () => {
    await limit({ vms: 1n });
    const request = (name: string) => ({
      kind: 'toy.make',
      project,
      target: { type: 'toy', name },
      input: { takes: make(name, 1) },
    });
    expect(await operations.rehearse(request('x-1'))).toEqual([]);
    expect(await of('vms')).toEqual([0n, 0n]);
    await begin(make('x-1', 1));
    expect(await codeOf(operations.rehearse(request('x-2')))).toBe('quota.exceeded');
  });
});
