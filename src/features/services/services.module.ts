import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { VirtualMachinesModule } from '../virtual-machines/virtual-machines.module.js';
import { ServicesController } from './api/services.controller.js';
import { MachineServicesResolver, ServicesResolver } from './api/services.resolver.js';
import { BeginServiceKinds } from './begin-kinds.js';
import { ExposeVm } from './commands/expose-vm.js';
import { ServiceRehearsal } from './commands/service-rehearsal.js';
import { ServiceCaches } from './data/service-caches.js';

/** The gateway's side of services: how machines are reached. Needs TenantPolicy from the platform module. */
@Module({
  imports: [AccessModule, OperationsModule, VirtualMachinesModule],
  controllers: [ServicesController],
  providers: [
    ServiceCaches,
    BeginServiceKinds,
    ServiceRehearsal,
    ExposeVm,
    ServicesResolver,
    MachineServicesResolver,
  ],
})
export class ServicesModule {}
