import { Module } from '@nestjs/common';
import { AccessWorkerModule } from '../access/access-worker.module.js';
import { TenantAsks } from '../access/tenant-asks.contract.js';
import { OperationsWorkerModule } from '../operations/operations-worker.module.js';
import { BeginDiskKinds } from './begin-kinds.js';
import { DiskCaches } from './data/disk-caches.js';
import { CreateDiskMachine } from './worker/create-disk-machine.js';
import { DeleteDiskMachine } from './worker/delete-disk-machine.js';
import { FillWatch } from './worker/fill-watch.js';
import { DiskMachines, RegisterDiskMachines } from './worker/register-disk-machines.js';
import { UploadDiskMachine } from './worker/upload-disk-machine.js';

/** The worker's side of disks. Needs ClusterClient, ClusterCache, Clock and ImportPolicy from the platform module. */
@Module({
  imports: [AccessWorkerModule, OperationsWorkerModule],
  providers: [
    BeginDiskKinds,
    DiskCaches,
    TenantAsks,
    FillWatch,
    CreateDiskMachine,
    DeleteDiskMachine,
    UploadDiskMachine,
    DiskMachines,
    RegisterDiskMachines,
  ],
})
export class DisksWorkerModule {}
