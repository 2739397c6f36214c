import { Module } from '@nestjs/common';
import { OperationsModule } from '../operations/operations.module.js';
import { SnapshotsModule } from '../snapshots/snapshots.module.js';
import { RestoresController } from './api/restores.controller.js';
import { RestoresResolver } from './api/restores.resolver.js';
import { RestoreSnapshot } from './commands/restore-snapshot.js';

/** The gateway's side of restores. */
@Module({
  imports: [OperationsModule, SnapshotsModule],
  controllers: [RestoresController],
  providers: [RestoreSnapshot, RestoresResolver],
})
export class RestoresModule {}
