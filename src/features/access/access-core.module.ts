import { Module } from '@nestjs/common';
import { AccessPort } from '../../platform/access/access-port.js';
import { AccessContract, ProjectDirectory } from './access.contract.js';
import { AccessAuthority } from './access-authority.js';
import { AccessDirectory } from './data/access-directory.js';
import { CredentialStore } from './data/credential-store.js';

/**
 * Who may do what, in every process that asks: the answer to AccessPort, and what other rooms may know. Needs Database
 * and Clock from the platform module.
 */
@Module({
  providers: [
    AccessDirectory,
    CredentialStore,
    AccessAuthority,
    { provide: AccessPort, useExisting: AccessAuthority },
    { provide: AccessContract, useExisting: AccessAuthority },
    { provide: ProjectDirectory, useExisting: AccessDirectory },
  ],
  exports: [AccessPort, AccessContract, ProjectDirectory, AccessAuthority, AccessDirectory, CredentialStore],
})
export class AccessCoreModule {}
