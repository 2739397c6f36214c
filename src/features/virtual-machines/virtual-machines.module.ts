import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { DisksModule } from '../disks/disks.module.js';
import { ImagesModule } from '../images/images.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { SshKeysModule } from '../ssh-keys/ssh-keys.module.js';
import { AttachController } from './api/attach.controller.js';
import { AttachResolver } from './api/attach.resolver.js';
import { InterfacesController } from './api/interfaces.controller.js';
import { InterfacesResolver } from './api/interfaces.resolver.js';
import { MachineChanges } from './api/machine-changes.js';
import { MachineDetailsController } from './api/machine-details.controller.js';
import { MachineMutationsResolver } from './api/machine-mutations.resolver.js';
import { MachineNodes } from './api/machine-nodes.js';
import { MachineReads } from './api/machine-reads.js';
import { PowerController } from './api/power.controller.js';
import { PowerResolver } from './api/power.resolver.js';
import { ProjectMachinesResolver, VirtualMachineResolver } from './api/project-machines.resolver.js';
import { MachineSubscriptionsResolver } from './api/subscriptions.resolver.js';
import { TrashController } from './api/trash.controller.js';
import { ProjectTrashResolver, TrashMutationsResolver } from './api/trash.resolver.js';
import { TrashReads } from './api/trash-reads.js';
import { VirtualMachinesController } from './api/virtual-machines.controller.js';
import { BeginKinds } from './begin-kinds.js';
import { AttachDisk } from './commands/attach-disk.js';
import { AttachInterface } from './commands/attach-interface.js';
import { BootSources } from './commands/boot-sources.js';
import { ChangeEffects } from './commands/change-effects.js';
import { CreateReferences } from './commands/create-references.js';
import { CreateVm } from './commands/create-vm.js';
import { DeleteVm } from './commands/delete-vm.js';
import { DeletionFate } from './commands/deletion-fate.js';
import { PowerVm } from './commands/power-vm.js';
import { PurgeVm } from './commands/purge-vm.js';
import { StartRules } from './commands/start-rules.js';
import { TenantCluster } from './commands/tenant-cluster.js';
import { UndeleteVm } from './commands/undelete-vm.js';
import { UpdateVm } from './commands/update-vm.js';
import { AssociatedCaches } from './data/associated-views.js';
import { LiveManifest } from './data/live-manifest.js';
import { MachineAssociations } from './data/machine-associations.js';
import { EventCache, MachineCaches } from './data/machine-caches.js';
import { MachineDirectory } from './data/machine-directory.js';
import { MachineEvents } from './data/machine-events.js';
import { CachedMachineFacts } from './data/machine-facts.js';
import { TrashDirectory } from './data/trash-directory.js';
import { VolumeCaches } from './data/volume-caches.js';
import { MachineWork } from './machine-work.contract.js';
import { AssociatedConsoles, VirtualMachinesContract } from './virtual-machines.contract.js';

const commands = [
  AttachDisk,
  AttachInterface,
  VolumeCaches,
  BootSources,
  ChangeEffects,
  CreateReferences,
  CreateVm,
  UpdateVm,
  DeleteVm,
  DeletionFate,
  UndeleteVm,
  PurgeVm,
  PowerVm,
  StartRules,
  TenantCluster,
  MachineWork,
  BeginKinds,
];
const data = [
  AssociatedCaches,
  MachineAssociations,
  MachineCaches,
  EventCache,
  MachineDirectory,
  MachineEvents,
  LiveManifest,
  TrashDirectory,
];
const doors = [
  AttachResolver,
  InterfacesResolver,
  MachineReads,
  MachineChanges,
  MachineNodes,
  ProjectMachinesResolver,
  VirtualMachineResolver,
  MachineMutationsResolver,
  PowerResolver,
  MachineSubscriptionsResolver,
  TrashReads,
  TrashMutationsResolver,
  ProjectTrashResolver,
];

/**
 * The gateway's side of virtual machines. Needs ClusterClient, ClusterCache, ImportPolicy, Database, Pager and
 * NodeLoaders from the platform module.
 */
@Module({
  imports: [DisksModule, AccessModule, OperationsModule, SshKeysModule, CatalogModule, ImagesModule],
  controllers: [
    AttachController,
    InterfacesController,
    PowerController,
    MachineDetailsController,
    VirtualMachinesController,
    TrashController,
  ],
  providers: [
    ...commands,
    ...data,
    ...doors,
    { provide: VirtualMachinesContract, useClass: CachedMachineFacts },
    { provide: AssociatedConsoles, useExisting: MachineAssociations },
  ],
  exports: [AssociatedConsoles, MachineWork, VirtualMachinesContract],
})
export class VirtualMachinesModule {}
