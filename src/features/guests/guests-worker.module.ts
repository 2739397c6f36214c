import { Module } from '@nestjs/common';
import { AccessWorkerModule } from '../access/access-worker.module.js';
import { TenantAsks } from '../access/tenant-asks.contract.js';
import { OperationsWorkerModule } from '../operations/operations-worker.module.js';
import { GuestCaches } from './data/guest-caches.js';
import { RegisterGuestMachines } from './worker/register-guest-machines.js';
import { SetSshKeysMachine } from './worker/set-ssh-keys-machine.js';

/** The worker's side of guests: the state machine of their SSH keys. */
@Module({
  imports: [AccessWorkerModule, OperationsWorkerModule],
  providers: [GuestCaches, TenantAsks, SetSshKeysMachine, RegisterGuestMachines],
})
export class GuestsWorkerModule {}
