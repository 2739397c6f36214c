import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DynamicModule,
  Global,
  Injectable,
  Module,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { sql } from 'kysely';
import {
  type Decision,
  OperationEngine,
  type OperationKind,
  type OperationMachine,
  type OperationRecord,
  OperationsContract,
  type OperationView,
  takesNothing,
} from '../../src/features/operations/operations.contract.js';
import { OperationsWorkerModule } from '../../src/features/operations/operations-worker.module.js';
import { notFound, unavailable } from '../../src/kernel/failures.js';
import type { Principal, ProjectRef } from '../../src/kernel/principal.js';
import { ClusterCache } from '../../src/platform/cluster/cluster-cache.js';
import { MasterKey } from '../../src/platform/crypto/master-key.js';
import { Sealer } from '../../src/platform/crypto/sealer.js';
import { Database, type Tx } from '../../src/platform/database/database.js';
import { DatabaseModule } from '../../src/platform/database/database.module.js';
import { LeadershipModule } from '../../src/platform/leadership/leadership.module.js';
import { JobRunner } from '../../src/platform/queue/job-queue.js';
import { QueueModule } from '../../src/platform/queue/queue.module.js';

export const TOY_SECRET = 'a secret of toys that is long enough';

/** A cluster that is a table: its objects, and a log of everything that was asked of it. */
export interface ToyTables {
  toy_object: { name: string; operation_id: string; progress: number; ready: boolean };
  toy_ask: { operation_id: string; step: string; pid: number };
}

export async function createToyCluster(database: Database): Promise<void> {
  await sql`CREATE TABLE toy_object (name text PRIMARY KEY, operation_id text NOT NULL, progress int NOT NULL, ready bool NOT NULL)`.execute(
    database.tables(),
  );
  await sql`CREATE TABLE toy_ask (operation_id text NOT NULL, step text NOT NULL, pid int NOT NULL)`.execute(
    database.tables(),
  );
}

/** For the test that started this process in order to kill it. */
const say = (line: string) => {
  if (process.env.TOY_WORKER) console.log(line);
};

/** Read by the machine without waiting, as the real cache is. */
@Injectable()
class ToyCache implements OnModuleInit, OnModuleDestroy {
  readonly objects = new Map<string, ToyTables['toy_object']>();
  onChange: (name: string) => void = () => {};
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly database: Database) {}

  onModuleInit(): void {
    this.timer = setInterval(() => {
      this.running = this.running.then(() => this.read().catch(() => {}));
    }, 40);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async read(): Promise<void> {
    const rows = await this.database.tables<ToyTables>().selectFrom('toy_object').selectAll().execute();
    const names = new Set(rows.map((row) => row.name));
    for (const name of this.objects.keys()) {
      if (names.has(name)) continue;
      this.objects.delete(name);
      this.onChange(name);
    }
    for (const row of rows) {
      if (JSON.stringify(this.objects.get(row.name)) === JSON.stringify(row)) continue;
      this.objects.set(row.name, row);
      this.onChange(row.name);
    }
  }
}

export interface ToyInput {
  /** `check` refuses. */
  refuse?: boolean;
  /** `check` fails this many times in a way that can pass. */
  failures?: number;
  /** `make` takes so long, before and after the object is there. */
  slowMs?: number;
  /** What is made turns out bad and is taken back, which fails this many times in a way that can pass. */
  spoiled?: number;
  /** The object is ready as soon as it is made. */
  instant?: boolean;
}

const TOY_KIND: OperationKind = {
  kind: 'toy.make',
  queue: 'provision',
  steps: ['check', 'make', 'ready', 'clean-up'],
  cancellable: true,
  takes: takesNothing,
};
export const TOY_KINDS: readonly OperationKind[] = [
  TOY_KIND,
  { ...TOY_KIND, kind: 'toy.stop', cancellable: false },
];

@Injectable()
class ToyMachine implements OperationMachine<ToyTables['toy_object'] | undefined>, OnModuleInit {
  readonly kind = TOY_KIND.kind;
  readonly compensating = ['clean-up'];

  constructor(
    private readonly cache: ToyCache,
    private readonly database: Database,
    private readonly engine: OperationEngine,
    private readonly operations: OperationsContract,
  ) {}

  onModuleInit(): void {
    for (const kind of TOY_KINDS) this.operations.registerKind(kind);
    for (const { kind } of TOY_KINDS) this.engine.register(Object.assign(Object.create(this), { kind }));
    this.cache.onChange = (name) => this.engine.observed('toys', 'toy', name);
  }

  observe(operation: OperationRecord) {
    return this.cache.objects.get(operation.target.name);
  }

  next(operation: OperationRecord, object: ToyTables['toy_object'] | undefined): Decision {
    const { check, make } = operation.asked;
    const cleanUp = operation.asked['clean-up'];
    if ((operation.input as ToyInput).spoiled && make) {
      if (!cleanUp) return { do: 'act', step: 'clean-up', leaving: 'FAILED' };
      if (object && !cleanUp.refusal) return { do: 'wait', step: 'clean-up' };
      return { do: 'fail', error: { code: 'toy.spoiled', message: 'The toy is broken.', hint: null } };
    }
    if (operation.cancelRequested) {
      if (!object && !make?.notes.name) return { do: 'cancelled' };
      if (!cleanUp) return { do: 'act', step: 'clean-up', leaving: 'SKIPPED' };
      return object ? { do: 'wait', step: 'clean-up' } : { do: 'cancelled' };
    }
    const refusal = check?.refusal ?? make?.refusal;
    if (refusal) return { do: 'fail', error: refusal };
    if (!check) return { do: 'act', step: 'check' };
    if (!make) return { do: 'act', step: 'make' };
    if (!object) return { do: 'wait', step: 'ready' };
    if (!object.ready) return { do: 'wait', step: 'ready', progress: object.progress };
    return { do: 'succeed', result: { name: object.name } };
  }

  async ask(operation: OperationRecord, step: string): Promise<Record<string, string>> {
    const { name } = operation.target;
    const input = operation.input as ToyInput;
    const tables = this.database.tables<ToyTables>();
    await tables
      .insertInto('toy_ask')
      .values({ operation_id: operation.id, step, pid: process.pid })
      .execute();
    say(`asking ${step}`);
    if (step === 'clean-up') {
      const tried = await tables
        .selectFrom('toy_ask')
        .where('operation_id', '=', operation.id)
        .where('step', '=', step)
        .selectAll()
        .execute();
      if (tried.length <= (input.spoiled ?? 0)) throw unavailable('The toys are asleep.');
      await tables.deleteFrom('toy_object').where('operation_id', '=', operation.id).execute();
      return {};
    }
    if (step === 'check') {
      if (input.refuse) throw notFound('There is no such toy.');
      const tried = await tables
        .selectFrom('toy_ask')
        .where('operation_id', '=', operation.id)
        .selectAll()
        .execute();
      if (tried.length <= (input.failures ?? 0)) throw unavailable('The toys are asleep.');
      return {};
    }
    await sleep(input.slowMs ?? 0);
    await tables
      .insertInto('toy_object')
      .values({ name, operation_id: operation.id, progress: 0, ready: input.instant ?? false })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    say('made');
    await sleep(input.slowMs ?? 0);
    return { name };
  }
}

/** The table has no time at which it is only half known. */
class ToySight {
  readonly synced = true;
  whenSynced = () => Promise.resolve();
}

@Global()
@Module({})
class ToyPlatformModule {
  static forRoot(databaseUrl: string, redisUrl: string | null): DynamicModule {
    return {
      module: ToyPlatformModule,
      imports: [
        DatabaseModule.forRoot({ url: databaseUrl }),
        QueueModule.forRoot({ databaseUrl, redisUrl, retryDelayMs: 10 }),
        LeadershipModule.forRoot({ databaseUrl }),
      ],
      providers: [
        { provide: MasterKey, useFactory: () => new MasterKey(TOY_SECRET) },
        Sealer,
        { provide: ClusterCache, useClass: ToySight },
      ],
      exports: [DatabaseModule, QueueModule, LeadershipModule, MasterKey, Sealer, ClusterCache],
    };
  }
}

@Module({ imports: [OperationsWorkerModule], providers: [ToyCache, ToyMachine] })
class ToyRoomModule {}

export interface ToyWorker {
  database: Database;
  operations: OperationsContract;
  get: <T>(type: abstract new (...args: never[]) => T) => T;
  begin(name: string, input?: ToyInput, more?: ToyBegin): Promise<OperationView>;
  stop(): Promise<void>;
}

export interface ToyBegin {
  kind?: string;
  supersedes?: string[];
  also?: (tx: Tx) => Promise<void>;
}

export const TOY_PROJECT: ProjectRef = {
  id: 'p1',
  name: 'playroom',
  tenantId: 't1',
  tenant: 'children',
  namespace: 'toys',
};
export const TOY_PRINCIPAL: Principal = {
  id: 'u1',
  type: 'user',
  name: 'ada',
  bindings: [],
  scopes: null,
  tokenId: 'token-1',
  expiresAt: null,
};

/** A whole worker on real Postgres and a real queue; only the cluster is a toy. */
export async function startToyWorker(databaseUrl: string, redisUrl: string | null): Promise<ToyWorker> {
  @Module({ imports: [ToyPlatformModule.forRoot(databaseUrl, redisUrl), ToyRoomModule] })
  class ToyWorkerModule {}
  const app = await NestFactory.createApplicationContext(ToyWorkerModule, { logger: ['error'] });
  await app.get(JobRunner).start();
  const operations = app.get(OperationsContract);
  const database = app.get(Database);
  return {
    database,
    operations,
    get: (type) => app.get(type as never),
    begin: (name, input = {}, { kind = 'toy.make', supersedes, also } = {}) =>
      database.transaction(async (tx) => {
        const view = await operations.begin(tx, {
          kind,
          principal: TOY_PRINCIPAL,
          project: TOY_PROJECT,
          target: { type: 'toy', name },
          input: input as Record<string, unknown>,
          supersedes,
        });
        await also?.(tx);
        return view;
      }),
    stop: () => app.close(),
  };
}
