import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { SshKeysModule } from '../ssh-keys/ssh-keys.module.js';
import { VirtualMachinesModule } from '../virtual-machines/virtual-machines.module.js';
import { GuestsController } from './api/guests.controller.js';
import { GuestMutationsResolver, MachineGuestResolver } from './api/guests.resolver.js';
import { SshReads } from './api/ssh-reads.js';
import { BeginGuestKinds } from './begin-kinds.js';
import { SetSshKeys } from './commands/set-ssh-keys.js';
import { SshWishes } from './commands/ssh-wishes.js';
import { GuestCaches } from './data/guest-caches.js';
import { GuestInfoReader } from './data/guest-info-reader.js';

/** The gateway's side of guests: what their agents tell, and who gets in. */
@Module({
  imports: [AccessModule, OperationsModule, SshKeysModule, VirtualMachinesModule],
  controllers: [GuestsController],
  providers: [
    GuestCaches,
    GuestInfoReader,
    SshReads,
    BeginGuestKinds,
    SetSshKeys,
    SshWishes,
    GuestMutationsResolver,
    MachineGuestResolver,
  ],
})
export class GuestsModule {}
