import { Module } from '@nestjs/common';
import { AccessWorkerModule } from '../access/access-worker.module.js';
import { OperationsWorkerModule } from '../operations/operations-worker.module.js';
import { BeginSnapshotKinds } from './begin-kinds.js';
import { BeginSnapshots } from './commands/begin-snapshots.js';
import { CachedSourceMachines, SnapshotCaches } from './data/snapshot-caches.js';
import { ObservedRestores } from './observed-restores.contract.js';
import { Personalise } from './personalise.contract.js';
import { SnapshotsContract } from './snapshots.contract.js';
import { SourceMachines } from './source-machine.contract.js';
import { ProtectionAsks } from './tenant-asks.contract.js';
import { RegisterSnapshotMachines } from './worker/register-snapshot-machines.js';
import { RemoveSnapshot } from './worker/remove-snapshot.js';
import { TakeSnapshot } from './worker/take-snapshot.js';

/** The worker's side of snapshots: their state machines, and the contract for schedules. */
@Module({
  imports: [AccessWorkerModule, OperationsWorkerModule],
  providers: [
    SnapshotCaches,
    ProtectionAsks,
    Personalise,
    BeginSnapshotKinds,
    BeginSnapshots,
    TakeSnapshot,
    RemoveSnapshot,
    RegisterSnapshotMachines,
    { provide: SourceMachines, useClass: CachedSourceMachines },
    { provide: ObservedRestores, useExisting: SnapshotCaches },
    { provide: SnapshotsContract, useExisting: BeginSnapshots },
  ],
  exports: [SnapshotsContract, SourceMachines, ProtectionAsks, Personalise, ObservedRestores],
})
export class SnapshotsWorkerModule {}
