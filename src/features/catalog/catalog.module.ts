import { Module } from '@nestjs/common';
import { CatalogController } from './api/catalog.controller.js';
import { CatalogResolver } from './api/catalog.resolver.js';
import { CatalogReading } from './api/catalog-reading.js';
import { CatalogContract } from './catalog.contract.js';
import { ClusterCatalog } from './data/cluster-catalog.js';

/** Needs ClusterCache and Pager from the platform module. */
@Module({
  controllers: [CatalogController],
  providers: [
    ClusterCatalog,
    CatalogReading,
    CatalogResolver,
    { provide: CatalogContract, useExisting: ClusterCatalog },
  ],
  exports: [CatalogContract],
})
export class CatalogModule {}
