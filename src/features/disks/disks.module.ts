import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { ImagesModule } from '../images/images.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { DiskNodes, DiskReads } from './api/disk-reads.js';
import { DisksController } from './api/disks.controller.js';
import { DiskMutationsResolver, ProjectDisksResolver } from './api/disks.resolver.js';
import { UploadController } from './api/upload.controller.js';
import { BeginDiskKinds } from './begin-kinds.js';
import { ChangeDisk } from './commands/change-disk.js';
import { CreateDisk, DiskGround } from './commands/create-disk.js';
import { DeleteDisk } from './commands/delete-disk.js';
import { DiskSources } from './commands/disk-sources.js';
import { DiskWork } from './commands/disk-work.js';
import { FinishStaged } from './commands/finish-staged.js';
import { ReceivePart } from './commands/receive-part.js';
import { StageUpload } from './commands/stage-upload.js';
import { Staging } from './commands/staging.js';
import { TendStaging } from './commands/tend-staging.js';
import { UploadDisk } from './commands/upload-disk.js';
import { UploadsInHand } from './commands/uploads-in-hand.js';
import { DiskCaches } from './data/disk-caches.js';
import { DiskDirectory } from './data/disk-directory.js';
import { SnapshotVolumes } from './data/snapshot-volumes.js';
import { StagedUploads } from './data/staged-uploads.js';
import { StagingFiles } from './data/staging-files.js';
import { UploadGate } from './data/upload-gate.js';
import { DisksContract } from './disks.contract.js';

/**
 * The gateway's side of disks. Needs ClusterClient, ClusterCache, ImportPolicy, StagingPlace, Database, Pager and
 * NodeLoaders from the platform module.
 */
@Module({
  imports: [AccessModule, OperationsModule, CatalogModule, ImagesModule],
  controllers: [UploadController, DisksController],
  providers: [
    BeginDiskKinds,
    CreateDisk,
    DiskGround,
    DiskSources,
    ChangeDisk,
    DeleteDisk,
    DiskWork,
    UploadDisk,
    UploadGate,
    UploadsInHand,
    StageUpload,
    Staging,
    ReceivePart,
    FinishStaged,
    TendStaging,
    StagedUploads,
    StagingFiles,
    DiskCaches,
    DiskDirectory,
    SnapshotVolumes,
    DiskReads,
    DiskNodes,
    ProjectDisksResolver,
    DiskMutationsResolver,
    { provide: DisksContract, useExisting: DiskDirectory },
  ],
  exports: [DisksContract],
})
export class DisksModule {}
