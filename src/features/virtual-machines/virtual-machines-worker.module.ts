import { Module } from '@nestjs/common';
import { AccessWorkerModule } from '../access/access-worker.module.js';
import { TenantAsks } from '../access/tenant-asks.contract.js';
import { OperationsWorkerModule } from '../operations/operations-worker.module.js';
import { BeginKinds } from './begin-kinds.js';
import { ExpireTrash, Trash } from './commands/expire-trash.js';
import { AssociatedCaches } from './data/associated-views.js';
import { MachineCaches } from './data/machine-caches.js';
import { VolumeCaches } from './data/volume-caches.js';
import { AttachMachine, DetachMachine, VolumeAsks } from './worker/attach-machine.js';
import { CreateMachine } from './worker/create-machine.js';
import { DeleteMachine } from './worker/delete-machine.js';
import { ImportWatch } from './worker/import-watch.js';
import { AttachInterfaceMachine, DetachInterfaceMachine, InterfaceAsks } from './worker/interface-machine.js';
import { PowerAsks } from './worker/power-asks.js';
import { RegisterAttach } from './worker/register-attach.js';
import { RegisterInterfaces } from './worker/register-interfaces.js';
import { LongMachines, RegisterMachines } from './worker/register-machines.js';
import { TrashClock } from './worker/trash-clock.js';
import { TrashAsks, TrashMachine, UndeleteMachine } from './worker/trash-machine.js';
import { UpdateMachine } from './worker/update-machine.js';

/**
 * The worker's side: the state machines of virtual machines. Needs ClusterClient, ClusterCache, ImportPolicy and,
 * to change how long an import may stand still, ImportLimits from the platform module.
 */
@Module({
  imports: [AccessWorkerModule, OperationsWorkerModule],
  providers: [
    BeginKinds,
    MachineCaches,
    AssociatedCaches,
    TenantAsks,
    PowerAsks,
    ImportWatch,
    CreateMachine,
    UpdateMachine,
    DeleteMachine,
    TrashAsks,
    TrashMachine,
    UndeleteMachine,
    Trash,
    ExpireTrash,
    TrashClock,
    LongMachines,
    RegisterMachines,
    VolumeCaches,
    VolumeAsks,
    AttachMachine,
    DetachMachine,
    RegisterAttach,
    InterfaceAsks,
    AttachInterfaceMachine,
    DetachInterfaceMachine,
    RegisterInterfaces,
  ],
})
export class VirtualMachinesWorkerModule {}
