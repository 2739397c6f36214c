import { Module } from '@nestjs/common';
import { AccessWorkerModule } from '../access/access-worker.module.js';
import { TenantAsks } from '../access/tenant-asks.contract.js';
import { OperationsWorkerModule } from '../operations/operations-worker.module.js';
import { BeginImageKinds } from './begin-kinds.js';
import { ImageCaches } from './data/image-caches.js';
import { CreateImageMachine } from './worker/create-image-machine.js';
import { DeleteImageMachine } from './worker/delete-image-machine.js';
import { ImageAsks } from './worker/image-asks.js';
import { ImageGrowth } from './worker/image-growth.js';
import { OrphanSweep } from './worker/orphan-sweep.js';
import { Publisher } from './worker/publisher.js';
import { ImageMachines, RegisterImageMachines } from './worker/register-image-machines.js';
import { ShareImageMachine } from './worker/share-image-machine.js';
import { UpdateImageMachine } from './worker/update-image-machine.js';

/** The worker's side: the state machines of images. Needs ClusterClient, ClusterCache and ImportPolicy. */
@Module({
  imports: [AccessWorkerModule, OperationsWorkerModule],
  providers: [
    BeginImageKinds,
    ImageCaches,
    TenantAsks,
    ImageAsks,
    Publisher,
    ImageGrowth,
    CreateImageMachine,
    UpdateImageMachine,
    ShareImageMachine,
    DeleteImageMachine,
    ImageMachines,
    OrphanSweep,
    RegisterImageMachines,
  ],
})
export class ImagesWorkerModule {}
