import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule } from '../features/access/access.module.js';
import { AuditViewsModule } from '../features/audit-views/audit-views.module.js';
import { CatalogModule } from '../features/catalog/catalog.module.js';
import { ClonesModule } from '../features/clones/clones.module.js';
import { ConsolesModule } from '../features/consoles/consoles.module.js';
import { DiagnosisModule } from '../features/diagnosis/diagnosis.module.js';
import { DisksModule } from '../features/disks/disks.module.js';
import { ExportsModule } from '../features/exports/exports.module.js';
import { GuestsModule } from '../features/guests/guests.module.js';
import { ImagesModule } from '../features/images/images.module.js';
import { MigrationsModule } from '../features/migrations/migrations.module.js';
import { NodesModule } from '../features/nodes/nodes.module.js';
import { OperationsDoorsModule } from '../features/operations/operations.module.js';
import { QuotasModule } from '../features/quotas/quotas.module.js';
import { RestoresModule } from '../features/restores/restores.module.js';
import { SchedulesModule } from '../features/schedules/schedules.module.js';
import { ServicesModule } from '../features/services/services.module.js';
import { SnapshotsModule } from '../features/snapshots/snapshots.module.js';
import { SshKeysModule } from '../features/ssh-keys/ssh-keys.module.js';
import { VirtualMachinesModule } from '../features/virtual-machines/virtual-machines.module.js';
import { ClusterModule } from '../platform/cluster/cluster.module.js';
import { DoorsModule } from '../platform/doors/doors.module.js';
import { createHttpApplication, listen } from '../platform/http/http-application.js';
import { required } from './config/required-settings.js';
import type { Settings } from './config/settings.js';
import { consoleLimits } from './console-settings.js';
import { type FactLogger, factLogger } from './fact-logger.js';
import { foundation } from './foundation.js';
import { GatewayReadiness } from './gateway-readiness.js';
import { httpOptions } from './http-options.js';
import { importPolicy } from './import-settings.js';
import { rateLimits } from './rate-limit-settings.js';
import { runUntilStopped } from './role-lifetime.js';
import { signIn } from './sign-in-settings.js';
import { machineRules, tenantPolicy } from './tenant-settings.js';
import { uploadStaging } from './upload-staging.js';

@Module({})
export class GatewayModule {
  static of(settings: Settings, logger: FactLogger): DynamicModule {
    const given = required(settings, 'DATABASE_URL', 'VIRTGATE_SECRET');
    const cluster = ClusterModule.forRoot({
      kubeconfig: settings.KUBECONFIG,
      logger,
      writes: machineRules(settings),
    });
    return {
      module: GatewayModule,
      imports: [
        foundation(given, {
          http: httpOptions(settings),
          rateLimits: rateLimits(settings),
          // Somebody waits for the answer.
          database: { statementTimeout: 6_000 },
          with: [
            cluster,
            signIn(settings, cluster),
            importPolicy(settings),
            tenantPolicy(settings),
            uploadStaging(settings),
          ],
        }),
        DoorsModule.forRoot({ imports: [AccessModule] }),
        OperationsDoorsModule.forRoot([AccessModule]),
        QuotasModule,
        AuditViewsModule.forRoot([AccessModule]),
        SshKeysModule,
        CatalogModule,
        ImagesModule,
        DisksModule,
        VirtualMachinesModule,
        ServicesModule,
        GuestsModule,
        MigrationsModule,
        SnapshotsModule,
        SchedulesModule,
        RestoresModule,
        ClonesModule,
        ConsolesModule.forRoot(consoleLimits(settings)),
        ExportsModule,
        DiagnosisModule,
        NodesModule,
      ],
      providers: [GatewayReadiness],
    };
  }
}

/** `virtgate gateway`. */
export async function gateway(settings: Settings): Promise<void> {
  const { nest, logger, flush } = factLogger('gateway', settings.LOG_LEVEL);
  const app = await createHttpApplication(GatewayModule.of(settings, logger), httpOptions(settings), nest);
  const url = await listen(app);
  logger.info({ url }, 'gateway listens');
  runUntilStopped(async () => {
    await app.close();
    flush();
  });
}
