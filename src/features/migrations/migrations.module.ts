import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { VirtualMachinesModule } from '../virtual-machines/virtual-machines.module.js';
import { MigrationNodes } from './api/migration-nodes.js';
import { MigrationReads } from './api/migration-reads.js';
import { MigrationsController, ProjectMigrationsController } from './api/migrations.controller.js';
import {
  MachineMigrationsResolver,
  MigrationsResolver,
  ProjectMigrationsResolver,
} from './api/migrations.resolver.js';
import { BeginMigrationKinds } from './begin-kinds.js';
import { BeginMigration } from './commands/begin-migration.js';
import { MigrateVm } from './commands/migrate-vm.js';
import { MigrationPreview } from './commands/migration-preview.js';
import { MigrationRules } from './commands/migration-rules.js';
import { MigrationCaches } from './data/migration-caches.js';
import { MigrationDirectory } from './data/migration-directory.js';

const commands = [BeginMigrationKinds, BeginMigration, MigrateVm, MigrationPreview, MigrationRules];
const doors = [
  MigrationReads,
  MigrationNodes,
  MigrationsResolver,
  ProjectMigrationsResolver,
  MachineMigrationsResolver,
];

/** The gateway's side of live migrations. */
@Module({
  imports: [AccessModule, OperationsModule, VirtualMachinesModule],
  controllers: [ProjectMigrationsController, MigrationsController],
  providers: [MigrationCaches, MigrationDirectory, ...commands, ...doors],
})
export class MigrationsModule {}
