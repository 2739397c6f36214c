import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { SnapshotsModule } from '../snapshots/snapshots.module.js';
import { VirtualMachinesModule } from '../virtual-machines/virtual-machines.module.js';
import { ProjectRestoresResolver } from './api/project-restores.resolver.js';
import { RestoreReads } from './api/restore-reads.js';
import { RestoreViewsController } from './api/restore-views.controller.js';
import { RestoresController } from './api/restores.controller.js';
import { RestoresResolver } from './api/restores.resolver.js';
import { RestoreSnapshot } from './commands/restore-snapshot.js';
import { RestoreDirectory } from './data/restore-directory.js';

/** The gateway's side of restores. */
@Module({
  imports: [AccessModule, OperationsModule, SnapshotsModule, VirtualMachinesModule],
  controllers: [RestoresController, RestoreViewsController],
  providers: [RestoreSnapshot, RestoreDirectory, RestoreReads, RestoresResolver, ProjectRestoresResolver],
})
export class RestoresModule {}
