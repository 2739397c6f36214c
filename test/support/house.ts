import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type INestApplicationContext, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ProjectDirectory, type ProjectEntry } from '../../src/features/access/access.contract.js';
import { AccessBootstrapModule } from '../../src/features/access/access.module.js';
import { Bootstrap } from '../../src/features/access/commands/bootstrap.js';
import { Clock } from '../../src/kernel/clock.js';
import type { Principal } from '../../src/kernel/principal.js';
import { loadSettings } from '../../src/main/config/load-settings.js';
import { WorkerModule } from '../../src/main/worker.js';
import { AccessPort } from '../../src/platform/access/access-port.js';
import { ApiDiscovery } from '../../src/platform/cluster/api-discovery.js';
import { ClusterCache } from '../../src/platform/cluster/cluster-cache.js';
import { ClusterCredentials } from '../../src/platform/cluster/cluster-credentials.js';
import { SILENT_LOGGER } from '../../src/platform/cluster/cluster-logger.js';
import { ClusterTransport } from '../../src/platform/cluster/cluster-transport.js';
import { KubernetesClusterClient } from '../../src/platform/cluster/kubernetes-cluster-client.js';
import { Leadership } from '../../src/platform/leadership/leadership.js';
import { JobRunner } from '../../src/platform/queue/job-queue.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { applyRoles } from '../access/product.js';
import { type FreshDatabase, freshDatabase } from './database.js';
import { until } from './virtgate.js';

/** Goes on as time does, and jumps ahead when told to. */
export class MovableClock extends Clock {
  #ahead = 0;

  now(): Date {
    return new Date(Date.now() + this.#ahead);
  }

  /** To a moment; back only before anything has happened. */
  moveTo(at: Date): void {
    this.#ahead = at.getTime() - Date.now();
  }
}

export interface HouseOptions {
  /** What it is when the house begins. */
  at: Date;
  /** The gateway's side of rooms whose commands the test gives. */
  rooms: readonly Type[];
}

/** A whole worker in this process, on real Postgres and the sandbox, all of whose time is the test's to move. */
export class House {
  #app: INestApplicationContext | null = null;
  #admin = '';

  private constructor(
    readonly clock: MovableClock,
    private readonly rooms: readonly Type[],
    private readonly database: FreshDatabase,
    private readonly sandbox: Sandbox,
    private readonly transport: ClusterTransport,
    readonly directory: string,
  ) {}

  static async start({ at, rooms }: HouseOptions): Promise<House> {
    const directory = mkdtempSync(join(tmpdir(), 'virtgate-house-'));
    const clock = new MovableClock();
    clock.moveTo(at);
    const database = await freshDatabase();
    const sandbox = await createSandbox({
      dataDirectory: directory,
      port: 0,
      driver: 'simulated',
      logger: SILENT_LOGGER,
      clock,
    });
    await sandbox.start();
    const transport = new ClusterTransport(new ClusterCredentials({ kubeconfig: sandbox.kubeconfigPath }));
    const house = new House(clock, rooms, database, sandbox, transport, directory);
    await applyRoles(house.cluster);
    await house.open();
    await until('the demo project is ready', () => house.project?.state === 'Active');
    return house;
  }

  /** Everything of virtgate, as a process would have it; the cluster goes on without. `jobs`: whether queued work is done. */
  async open({ jobs = true } = {}): Promise<void> {
    const settings = loadSettings({
      DATABASE_URL: this.database.url,
      VIRTGATE_SECRET: 'a-secret-for-a-test-of-32-characters',
      KUBECONFIG: this.sandbox.gatewayKubeconfigPath,
    });
    @Module({
      imports: [WorkerModule.of(settings, SILENT_LOGGER, this.clock), AccessBootstrapModule, ...this.rooms],
    })
    class HouseModule {}
    const app = await NestFactory.createApplicationContext(HouseModule, { logger: ['error'] });
    this.#app = app;
    const token = await this.get(Bootstrap).ensureDemo({ dataDirectory: this.directory });
    this.#admin = (await this.get(AccessPort).authenticate(token)).id;
    if (jobs) await this.get(JobRunner).start();
    await this.get(ClusterCache).whenSynced();
    await until('it leads', () => this.get(Leadership).leading);
  }

  async close(): Promise<void> {
    await this.#app?.close();
    this.#app = null;
  }

  async stop(): Promise<void> {
    await this.close();
    await this.transport.close();
    await this.sandbox.stop({ detachGuests: false });
    await this.database.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  get<T>(type: abstract new (...args: never[]) => T): T {
    if (!this.#app) throw new Error('The house is closed.');
    return this.#app.get(type as never, { strict: false });
  }

  /** The cluster as its administrator. */
  get cluster(): KubernetesClusterClient {
    return new KubernetesClusterClient(this.transport, new ApiDiscovery(this.transport));
  }

  get project(): ProjectEntry {
    return this.get(ProjectDirectory).byName('demo') as ProjectEntry;
  }

  /** Whoever bootstraps an installation, as an account: tokens end when the clock jumps. */
  async admin(): Promise<Principal> {
    const principal = await this.get(AccessPort).refresh({ id: this.#admin, tokenId: null });
    if (!principal) throw new Error('The administrator is gone.');
    return principal;
  }
}
