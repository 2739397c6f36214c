import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { CapabilitiesController } from './api/capabilities.controller.js';
import { CapabilitiesResolver } from './api/capabilities.resolver.js';
import { CatalogController } from './api/catalog.controller.js';
import { CatalogResolver } from './api/catalog.resolver.js';
import { CatalogReading } from './api/catalog-reading.js';
import { NetworksController } from './api/networks.controller.js';
import { NetworksResolver } from './api/networks.resolver.js';
import { CatalogContract } from './catalog.contract.js';
import { ClusterCatalog } from './data/cluster-catalog.js';
import { ClusterNetworks } from './data/cluster-networks.js';
import { VisibleCapabilitiesReader } from './data/visible-capabilities.js';

/** Needs ClusterCache and Pager from the platform module. */
@Module({
  imports: [AccessModule],
  controllers: [CatalogController, CapabilitiesController, NetworksController],
  providers: [
    ClusterCatalog,
    ClusterNetworks,
    NetworksResolver,
    VisibleCapabilitiesReader,
    CapabilitiesResolver,
    CatalogReading,
    CatalogResolver,
    { provide: CatalogContract, useExisting: ClusterCatalog },
  ],
  exports: [CatalogContract],
})
export class CatalogModule {}
