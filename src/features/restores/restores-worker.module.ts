import { Module } from '@nestjs/common';
import { OperationsWorkerModule } from '../operations/operations-worker.module.js';
import { SnapshotsWorkerModule } from '../snapshots/snapshots-worker.module.js';
import { RegisterRestoreMachines } from './worker/register-restore-machines.js';
import { RestoreAsks } from './worker/restore-asks.js';
import { RestoreMachine } from './worker/restore-machine.js';
import { RestoreToNew } from './worker/restore-to-new.js';

/** The worker's side of restores: their state machines. */
@Module({
  imports: [OperationsWorkerModule, SnapshotsWorkerModule],
  providers: [RestoreAsks, RestoreMachine, RestoreToNew, RegisterRestoreMachines],
})
export class RestoresWorkerModule {}
