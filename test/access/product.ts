import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { parseAllDocuments } from 'yaml';
import { AccessBootstrapModule, AccessModule } from '../../src/features/access/access.module.js';
import { AccessWorkerModule } from '../../src/features/access/access-worker.module.js';
import { AuditViewsModule } from '../../src/features/audit-views/audit-views.module.js';
import { CatalogModule } from '../../src/features/catalog/catalog.module.js';
import { AuditLinkingModule, AuditModule } from '../../src/platform/audit/audit.module.js';
import { ApiDiscovery } from '../../src/platform/cluster/api-discovery.js';
import { ClusterModule } from '../../src/platform/cluster/cluster.module.js';
import { ClusterCache } from '../../src/platform/cluster/cluster-cache.js';
import type { ClusterObject } from '../../src/platform/cluster/cluster-client.js';
import { ClusterCredentials } from '../../src/platform/cluster/cluster-credentials.js';
import { SILENT_LOGGER } from '../../src/platform/cluster/cluster-logger.js';
import { ClusterTransport } from '../../src/platform/cluster/cluster-transport.js';
import { CLUSTER_ROLE, CLUSTER_ROLE_BINDING } from '../../src/platform/cluster/kinds.js';
import { KubernetesClusterClient } from '../../src/platform/cluster/kubernetes-cluster-client.js';
import { DatabaseModule } from '../../src/platform/database/database.module.js';
import { DoorsModule } from '../../src/platform/doors/doors.module.js';
import { PlatformModule } from '../../src/platform/doors/platform.module.js';
import { createHttpApplication, listen } from '../../src/platform/http/http-application.js';
import { HTTP_DEFAULTS } from '../../src/platform/http/http-options.js';
import { LeadershipModule } from '../../src/platform/leadership/leadership.module.js';
import { JobRunner } from '../../src/platform/queue/job-queue.js';
import { QueueModule } from '../../src/platform/queue/queue.module.js';
import type { RateLimitOptions } from '../../src/platform/rate-limits/rate-limit-options.js';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

// biome-ignore lint/suspicious/noExplicitAny: answers of the API are looked into by the tests.
export type Json = any;

export interface Answer {
  status: number;
  headers: Headers;
  body: Json;
}

/** The room in one process, both as gateway and as worker, with a real Postgres and the sandbox as its cluster. */
export class Product {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly url: string,
    /** The cluster as its administrator. */
    readonly cluster: KubernetesClusterClient,
    readonly dataDirectory: string,
    readonly databaseUrl: string,
    private readonly ends: (() => Promise<unknown>)[],
  ) {}

  static async start(rateLimits: Partial<RateLimitOptions> = {}): Promise<Product> {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'virtgate-access-'));
    const database = await freshDatabase();
    const sandbox = await createSandbox({
      dataDirectory,
      port: 0,
      driver: 'simulated',
      logger: SILENT_LOGGER,
    });
    await sandbox.start();
    const credentials = new ClusterCredentials({ kubeconfig: sandbox.kubeconfigPath });
    const transport = new ClusterTransport(credentials);
    const cluster = new KubernetesClusterClient(transport, new ApiDiscovery(transport));
    await applyRoles(cluster);
    const app = await createApplication(database, dataDirectory, rateLimits);
    const url = await listen(app);
    await app.get(JobRunner).start();
    await app.get(ClusterCache).whenSynced();
    return new Product(app, url, cluster, dataDirectory, database.url, [
      () => app.close(),
      () => transport.close(),
      () => sandbox.stop({ detachGuests: false }),
      () => database.close(),
      async () => rmSync(dataDirectory, { recursive: true, force: true }),
    ]);
  }

  async stop(): Promise<void> {
    for (const end of this.ends) await end();
  }

  async rest(
    token: string,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : null };
  }

  /** Errors fail the test, unless it looks at them. */
  async graphql(token: string, query: string, variables: Record<string, unknown> = {}): Promise<Json> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return response.json();
  }
}

export async function until(what: string, holds: () => unknown, timeoutMs = 15_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await sleep(50);
  }
}

export async function applyRoles(cluster: KubernetesClusterClient): Promise<void> {
  const file = join(import.meta.dirname, '../../deploy/rbac/virtgate.yaml');
  for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
    const object = document.toJS() as ClusterObject;
    await cluster.create(object.kind === 'ClusterRole' ? CLUSTER_ROLE : CLUSTER_ROLE_BINDING, null, object);
  }
}

async function createApplication(
  { url }: FreshDatabase,
  dataDirectory: string,
  rateLimits: Partial<RateLimitOptions>,
): Promise<NestFastifyApplication> {
  const infrastructure = [
    DatabaseModule.forRoot({ url }),
    AuditModule,
    QueueModule.forRoot({ redisUrl: null, databaseUrl: url }),
    LeadershipModule.forRoot({ databaseUrl: url }),
    ClusterModule.forRoot({
      kubeconfig: join(dataDirectory, 'sandbox/gateway.kubeconfig'),
      logger: SILENT_LOGGER,
    }),
  ];
  @Module({})
  class Infrastructure {}
  @Module({})
  class Root {}
  const http = { ...HTTP_DEFAULTS, port: 0 };
  const schemaFiles = ['root', 'access', 'catalog', 'audit'].map((name) =>
    join(import.meta.dirname, `../../graphql/${name}.graphql`),
  );
  return createHttpApplication(
    {
      module: Root,
      imports: [
        PlatformModule.forRoot({ masterSecret: 'a secret of thirty-two characters', http, rateLimits }),
        { module: Infrastructure, global: true, imports: infrastructure, exports: infrastructure },
        DoorsModule.forRoot({
          imports: [AccessModule],
          graphql: { schemaFiles, typeDefs: ['type Mutation'] },
        }),
        AccessWorkerModule,
        AuditLinkingModule,
        AuditViewsModule.forRoot([AccessModule]),
        AccessBootstrapModule,
        CatalogModule,
      ],
    },
    http,
    { log() {}, error: console.error, warn() {}, debug() {}, verbose() {} },
  );
}
