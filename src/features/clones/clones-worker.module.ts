import { Module } from '@nestjs/common';
import { OperationsWorkerModule } from '../operations/operations-worker.module.js';
import { SnapshotsWorkerModule } from '../snapshots/snapshots-worker.module.js';
import { CloneCaches } from './data/clone-caches.js';
import { CloneMachine } from './worker/clone-machine.js';
import { RegisterCloneMachine } from './worker/register-clone-machine.js';

/** The worker's side of clones: their state machine. */
@Module({
  imports: [OperationsWorkerModule, SnapshotsWorkerModule],
  providers: [CloneCaches, CloneMachine, RegisterCloneMachine],
})
export class ClonesWorkerModule {}
