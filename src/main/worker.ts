import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AccessWorkerModule } from '../features/access/access-worker.module.js';
import { ClonesWorkerModule } from '../features/clones/clones-worker.module.js';
import { DisksWorkerModule } from '../features/disks/disks-worker.module.js';
import { ExportsWorkerModule } from '../features/exports/exports-worker.module.js';
import { GuestsWorkerModule } from '../features/guests/guests-worker.module.js';
import { ImagesWorkerModule } from '../features/images/images-worker.module.js';
import { MigrationsWorkerModule } from '../features/migrations/migrations-worker.module.js';
import { NodesWorkerModule } from '../features/nodes/nodes-worker.module.js';
import { OperationsWorkerModule } from '../features/operations/operations-worker.module.js';
import { QuotasWorkerModule } from '../features/quotas/quotas-worker.module.js';
import { RestoresWorkerModule } from '../features/restores/restores-worker.module.js';
import { SchedulesWorkerModule } from '../features/schedules/schedules-worker.module.js';
import { ServicesWorkerModule } from '../features/services/services-worker.module.js';
import { SnapshotsWorkerModule } from '../features/snapshots/snapshots-worker.module.js';
import { VirtualMachinesWorkerModule } from '../features/virtual-machines/virtual-machines-worker.module.js';
import type { Clock } from '../kernel/clock.js';
import { AuditLinkingModule } from '../platform/audit/audit.module.js';
import { ClusterModule } from '../platform/cluster/cluster.module.js';
import { LeadershipModule } from '../platform/leadership/leadership.module.js';
import { JobRunner } from '../platform/queue/job-queue.js';
import { QueueModule } from '../platform/queue/queue.module.js';
import { required } from './config/required-settings.js';
import type { Settings } from './config/settings.js';
import { type FactLogger, factLogger } from './fact-logger.js';
import { foundation } from './foundation.js';
import { importLimits, importPolicy } from './import-settings.js';
import { runUntilStopped } from './role-lifetime.js';
import { machineRules, tenantPolicy } from './tenant-settings.js';

@Module({})
export class WorkerModule {
  /** `clock`: the system's unless said. */
  static of(settings: Settings, logger: FactLogger, clock?: Clock): DynamicModule {
    const given = required(settings, 'DATABASE_URL', 'VIRTGATE_SECRET');
    return {
      module: WorkerModule,
      imports: [
        foundation(given, {
          clock,
          with: [
            ClusterModule.forRoot({
              kubeconfig: settings.KUBECONFIG,
              logger,
              writes: machineRules(settings),
            }),
            QueueModule.forRoot({ redisUrl: settings.REDIS_URL, databaseUrl: given.DATABASE_URL }),
            LeadershipModule.forRoot({ databaseUrl: given.DATABASE_URL }),
            importPolicy(settings),
            tenantPolicy(settings),
            importLimits(settings),
          ],
        }),
        AuditLinkingModule,
        AccessWorkerModule,
        OperationsWorkerModule,
        QuotasWorkerModule,
        DisksWorkerModule,
        ImagesWorkerModule,
        VirtualMachinesWorkerModule,
        ServicesWorkerModule,
        ExportsWorkerModule,
        NodesWorkerModule,
        SnapshotsWorkerModule,
        SchedulesWorkerModule,
        RestoresWorkerModule,
        ClonesWorkerModule,
        GuestsWorkerModule,
        MigrationsWorkerModule,
      ],
    };
  }
}

/** `virtgate worker`. */
export async function worker(settings: Settings): Promise<void> {
  const { nest, logger, flush } = factLogger('worker', settings.LOG_LEVEL);
  const app = await NestFactory.createApplicationContext(WorkerModule.of(settings, logger), { logger: nest });
  await app.get(JobRunner, { strict: false }).start();
  logger.info({}, 'worker runs');
  runUntilStopped(async () => {
    await app.close();
    flush();
  });
}
