import { Module } from '@nestjs/common';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { AccessModule } from '../access/access.module.js';
import { SshKeyReads } from './api/ssh-key-reads.js';
import { SshKeysController } from './api/ssh-keys.controller.js';
import { ProjectSshKeysResolver, SshKeyMutationsResolver } from './api/ssh-keys.resolver.js';
import { ChangeSshKey } from './commands/change-ssh-key.js';
import { CreateSshKey } from './commands/create-ssh-key.js';
import { DeleteSshKey } from './commands/delete-ssh-key.js';
import { KeyUsers } from './data/key-users.js';
import { SshKeyStore } from './data/ssh-key-store.js';
import { SshKeysContract } from './ssh-keys.contract.js';

/** The keys of projects. Needs Database, ClusterCache, Pager and NodeLoaders from the platform module. */
@Module({
  imports: [AccessModule, AuditModule],
  controllers: [SshKeysController],
  providers: [
    SshKeyStore,
    KeyUsers,
    SshKeysContract,
    SshKeyReads,
    CreateSshKey,
    ChangeSshKey,
    DeleteSshKey,
    SshKeyMutationsResolver,
    ProjectSshKeysResolver,
  ],
  exports: [SshKeysContract],
})
export class SshKeysModule {}
