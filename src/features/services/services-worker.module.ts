import { Module } from '@nestjs/common';
import { AccessWorkerModule } from '../access/access-worker.module.js';
import { TenantAsks } from '../access/tenant-asks.contract.js';
import { OperationsWorkerModule } from '../operations/operations-worker.module.js';
import { ServiceCaches } from './data/service-caches.js';
import { RegisterServices } from './worker/register-services.js';
import { ExposeMachine, ServiceAsks, UnexposeMachine } from './worker/service-machines.js';

/** The worker's side: the state machines of services. */
@Module({
  imports: [AccessWorkerModule, OperationsWorkerModule],
  providers: [ServiceCaches, TenantAsks, ServiceAsks, ExposeMachine, UnexposeMachine, RegisterServices],
})
export class ServicesWorkerModule {}
