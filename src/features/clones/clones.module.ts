import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { SnapshotsModule } from '../snapshots/snapshots.module.js';
import { VirtualMachinesModule } from '../virtual-machines/virtual-machines.module.js';
import { ClonesController } from './api/clones.controller.js';
import { ClonesResolver } from './api/clones.resolver.js';
import { CloneTargets } from './commands/clone-targets.js';
import { CloneVm } from './commands/clone-vm.js';
import { CloneOriginals } from './data/clone-originals.js';

/** The gateway's side of clones. */
@Module({
  imports: [AccessModule, OperationsModule, VirtualMachinesModule, SnapshotsModule],
  controllers: [ClonesController],
  providers: [CloneOriginals, CloneTargets, CloneVm, ClonesResolver],
})
export class ClonesModule {}
