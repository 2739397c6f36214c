import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { VirtualMachinesModule } from '../virtual-machines/virtual-machines.module.js';
import { MigrationLimitsController } from './api/limits.controller.js';
import { MigrationNodes } from './api/migration-nodes.js';
import { MigrationReads } from './api/migration-reads.js';
import { MigrationsController, ProjectMigrationsController } from './api/migrations.controller.js';
import {
  MachineMigrationsResolver,
  MigrationsResolver,
  ProjectMigrationsResolver,
} from './api/migrations.resolver.js';
import { MachinePolicyController, PoliciesController } from './api/policies.controller.js';
import { MachinePolicyResolver, MigrationLimitsResolver, PoliciesResolver } from './api/policies.resolver.js';
import { PolicyReads } from './api/policy-reads.js';
import { BeginMigrationKinds } from './begin-kinds.js';
import { MigrationLimitsSettings } from './commands/limits.js';
import { MachinePolicy } from './commands/machine-policy.js';
import { MigrateVm } from './commands/migrate-vm.js';
import { MigrationPreview } from './commands/migration-preview.js';
import { MigrationRules } from './commands/migration-rules.js';
import { PlatformChange } from './commands/platform-change.js';
import { MigrationPolicies } from './commands/policies.js';
import { MigrationCaches } from './data/migration-caches.js';
import { MigrationDirectory } from './data/migration-directory.js';
import { PolicyCaches } from './data/policy-caches.js';

const commands = [
  BeginMigrationKinds,
  MigrateVm,
  MigrationPreview,
  MigrationRules,
  PlatformChange,
  MigrationPolicies,
  MigrationLimitsSettings,
  MachinePolicy,
];
const doors = [
  MigrationReads,
  MigrationNodes,
  MigrationsResolver,
  ProjectMigrationsResolver,
  MachineMigrationsResolver,
  PolicyReads,
  PoliciesResolver,
  MigrationLimitsResolver,
  MachinePolicyResolver,
];

/** The gateway's side of live migrations. */
@Module({
  imports: [AccessModule, OperationsModule, VirtualMachinesModule],
  controllers: [
    ProjectMigrationsController,
    MigrationLimitsController,
    MigrationsController,
    PoliciesController,
    MachinePolicyController,
  ],
  providers: [MigrationCaches, PolicyCaches, MigrationDirectory, ...commands, ...doors],
})
export class MigrationsModule {}
