import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { VirtualMachinesModule } from '../virtual-machines/virtual-machines.module.js';
import { DownloadsController } from './api/downloads.controller.js';
import { Downloads } from './api/downloads.js';
import { ExportReads } from './api/export-reads.js';
import { ExportsController } from './api/exports.controller.js';
import { ExportMutationsResolver, ProjectExportsResolver } from './api/exports.resolver.js';
import { ManifestsController } from './api/manifests.controller.js';
import { Manifests } from './api/manifests.js';
import { ExportManifestsResolver } from './api/manifests.resolver.js';
import { MemoryDumpsController } from './api/memory-dumps.controller.js';
import { MachineDumpResolver, MemoryDumpsResolver } from './api/memory-dumps.resolver.js';
import { SendVolume } from './api/send-volume.js';
import { BeginKinds } from './begin-kinds.js';
import { CreateExport } from './commands/create-export.js';
import { CreateLink } from './commands/create-link.js';
import { DeleteExport } from './commands/delete-export.js';
import { DownloadAuthority } from './commands/download-authority.js';
import { DumpMemory } from './commands/dump-memory.js';
import { OpenVolume } from './commands/open-volume.js';
import { ReadManifests } from './commands/read-manifests.js';
import { RedeemLink } from './commands/redeem-link.js';
import { TenantCluster } from './commands/tenant-cluster.js';
import { Work } from './commands/work.js';
import { ExportCaches } from './data/export-caches.js';
import { ExportDirectory } from './data/export-directory.js';
import { ExportLinks } from './data/export-links.js';
import { ExportServer } from './data/export-server.js';
import { ExportTokens } from './data/export-tokens.js';

const commands = [
  CreateExport,
  DeleteExport,
  OpenVolume,
  ReadManifests,
  CreateLink,
  RedeemLink,
  DownloadAuthority,
  DumpMemory,
  TenantCluster,
  Work,
  BeginKinds,
];
const data = [ExportCaches, ExportDirectory, ExportLinks, ExportServer, ExportTokens];
const doors = [
  ExportReads,
  Downloads,
  SendVolume,
  Manifests,
  ExportManifestsResolver,
  ProjectExportsResolver,
  ExportMutationsResolver,
  MemoryDumpsResolver,
  MachineDumpResolver,
];

/** The gateway's side of exports: making them, and passing their bytes on. */
@Module({
  imports: [AccessModule, OperationsModule, VirtualMachinesModule],
  controllers: [ExportsController, DownloadsController, ManifestsController, MemoryDumpsController],
  providers: [...commands, ...data, ...doors],
})
export class ExportsModule {}
