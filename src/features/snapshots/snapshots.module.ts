import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { VirtualMachinesModule } from '../virtual-machines/virtual-machines.module.js';
import { SnapshotNodes } from './api/snapshot-nodes.js';
import { SnapshotReads } from './api/snapshot-reads.js';
import { SnapshotsController } from './api/snapshots.controller.js';
import {
  MachineSnapshotsResolver,
  ProjectSnapshotsResolver,
  SnapshotMutationsResolver,
} from './api/snapshots.resolver.js';
import { BeginSnapshotKinds } from './begin-kinds.js';
import { BeginSnapshots } from './commands/begin-snapshots.js';
import { CreateSnapshot } from './commands/create-snapshot.js';
import { DeleteSnapshot } from './commands/delete-snapshot.js';
import { CachedSourceMachines, SnapshotCaches } from './data/snapshot-caches.js';
import { SnapshotDirectory } from './data/snapshot-directory.js';
import { ProtectionPreviews } from './protection-previews.contract.js';
import { SnapshotsContract } from './snapshots.contract.js';
import { SourceMachines } from './source-machine.contract.js';

const commands = [BeginSnapshotKinds, BeginSnapshots, CreateSnapshot, DeleteSnapshot, ProtectionPreviews];
const doors = [
  SnapshotReads,
  SnapshotNodes,
  SnapshotMutationsResolver,
  ProjectSnapshotsResolver,
  MachineSnapshotsResolver,
];

/** The gateway's side of snapshots. */
@Module({
  imports: [AccessModule, OperationsModule, VirtualMachinesModule],
  controllers: [SnapshotsController],
  providers: [
    SnapshotCaches,
    SnapshotDirectory,
    ...commands,
    ...doors,
    { provide: SourceMachines, useClass: CachedSourceMachines },
    { provide: SnapshotsContract, useExisting: BeginSnapshots },
  ],
  exports: [SnapshotsContract, SourceMachines, ProtectionPreviews],
})
export class SnapshotsModule {}
