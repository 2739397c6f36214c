import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { parseAllDocuments } from 'yaml';
import { AccessBootstrapModule } from '../features/access/access.module.js';
import { Bootstrap } from '../features/access/commands/bootstrap.js';
import { ClusterModule } from '../platform/cluster/cluster.module.js';
import { ClusterClient, type ClusterObject } from '../platform/cluster/cluster-client.js';
import { SILENT_LOGGER } from '../platform/cluster/cluster-logger.js';
import { CLUSTER_ROLE, CLUSTER_ROLE_BINDING } from '../platform/cluster/kinds.js';
import { required } from './config/required-settings.js';
import type { Settings } from './config/settings.js';
import { foundation } from './foundation.js';
import { migrateDatabase } from './migrate.js';

const RBAC = fileURLToPath(new URL('../../deploy/rbac/virtgate.yaml', import.meta.url));
const KINDS = [CLUSTER_ROLE, CLUSTER_ROLE_BINDING];

/**
 * `virtgate bootstrap`: the database up to date, tenant and project `demo`, an admin token in the data directory. On a
 * sandbox of this data directory also the RBAC that an administrator applies to a real cluster.
 */
export async function bootstrap(settings: Settings): Promise<void> {
  await migrateDatabase(settings);
  await applyRbacToSandbox(settings);
  const { VIRTGATE_SECRET, DATABASE_URL } = required(settings, 'DATABASE_URL', 'VIRTGATE_SECRET');

  @Module({ imports: [foundation({ ...settings, VIRTGATE_SECRET, DATABASE_URL }), AccessBootstrapModule] })
  class BootstrapModule {}

  const app = await NestFactory.createApplicationContext(BootstrapModule, { logger: ['error', 'warn'] });
  try {
    await app
      .get(Bootstrap, { strict: false })
      .ensureDemo({ dataDirectory: resolve(settings.VIRTGATE_DATA) });
    console.log(`The admin token is in ${resolve(settings.VIRTGATE_DATA, 'admin-token')}.`);
  } finally {
    await app.close();
  }
}

async function applyRbacToSandbox(settings: Settings): Promise<void> {
  const admin = resolve(settings.VIRTGATE_DATA, 'sandbox', 'kubeconfig');
  const own = resolve(settings.VIRTGATE_DATA, 'sandbox', 'gateway.kubeconfig');
  if (settings.KUBECONFIG === null || resolve(settings.KUBECONFIG) !== own || !existsSync(admin)) return;
  const app = await NestFactory.createApplicationContext(
    ClusterModule.forRoot({ kubeconfig: admin, logger: SILENT_LOGGER }),
    { logger: ['error', 'warn'] },
  );
  try {
    const cluster = app.get(ClusterClient);
    for (const document of parseAllDocuments(await readFile(RBAC, 'utf8'))) {
      const object: ClusterObject | null = document.toJS();
      if (!object) continue;
      const kind = KINDS.find((candidate) => candidate.kind === object.kind);
      if (!kind)
        throw new Error(`deploy/rbac/virtgate.yaml holds a ${object.kind}, which bootstrap does not apply.`);
      await cluster.patch(kind, null, object.metadata.name, { type: 'apply', body: object });
    }
  } finally {
    await app.close();
  }
}
