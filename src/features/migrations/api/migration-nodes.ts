import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AccessPort } from '../../../platform/access/access-port.js';
import { NodeLoaders } from '../../../platform/graphql/node-loader.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { MIGRATION_TYPE, MigrationDirectory } from '../data/migration-directory.js';

/** `node(id:)` of a migration. */
@Injectable()
export class MigrationNodes implements OnModuleInit {
  constructor(
    private readonly loaders: NodeLoaders,
    private readonly directory: MigrationDirectory,
    private readonly projects: ProjectDirectory,
    private readonly access: AccessPort,
  ) {}

  onModuleInit(): void {
    this.loaders.register(MIGRATION_TYPE, (uid, principal) => {
      const row = this.directory.byUid(uid);
      const project = row && this.projects.byNamespace(row.namespace);
      return row && project && this.access.allows(principal, 'vms:read', project) ? row : null;
    });
  }
}
