import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { TenantAsks } from '../access/tenant-asks.contract.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { ImageReads } from './api/image-reads.js';
import { ImagesController, SharedImagesController } from './api/images.controller.js';
import { ImagesResolver, ProjectImagesResolver } from './api/images.resolver.js';
import { BeginImageKinds } from './begin-kinds.js';
import { ChangeImage } from './commands/change-image.js';
import { CreateImage } from './commands/create-image.js';
import { ImageChecks } from './commands/image-checks.js';
import { ImagePreviews } from './commands/image-previews.js';
import { ImageWork } from './commands/image-work.js';
import { ImageCaches } from './data/image-caches.js';
import { ImageDirectory } from './data/image-directory.js';
import { ImagesContract } from './images.contract.js';

/** The gateway's side of images. Needs ClusterClient, ClusterCache, ImportPolicy, Database and Pager. */
@Module({
  imports: [AccessModule, OperationsModule, CatalogModule],
  controllers: [SharedImagesController, ImagesController],
  providers: [
    BeginImageKinds,
    TenantAsks,
    ImageCaches,
    ImageDirectory,
    ImageWork,
    ImagePreviews,
    ImageChecks,
    CreateImage,
    ChangeImage,
    ImageReads,
    ImagesResolver,
    ProjectImagesResolver,
    { provide: ImagesContract, useExisting: ImageDirectory },
  ],
  exports: [ImagesContract],
})
export class ImagesModule {}
