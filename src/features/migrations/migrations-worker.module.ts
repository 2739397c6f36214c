import { Module } from '@nestjs/common';
import { AccessWorkerModule } from '../access/access-worker.module.js';
import { TenantAsks } from '../access/tenant-asks.contract.js';
import { OperationsWorkerModule } from '../operations/operations-worker.module.js';
import { BeginMigrationKinds } from './begin-kinds.js';
import { MigrationCaches } from './data/migration-caches.js';
import { MigrateMachine } from './worker/migrate-machine.js';
import { RegisterMigrations } from './worker/register-migrations.js';

/** The worker's side: the state machine of live migrations. */
@Module({
  imports: [AccessWorkerModule, OperationsWorkerModule],
  providers: [BeginMigrationKinds, MigrationCaches, TenantAsks, MigrateMachine, RegisterMigrations],
})
export class MigrationsWorkerModule {}
