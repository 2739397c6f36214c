import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AccessPort } from '../../../platform/access/access-port.js';
import { NodeLoaders } from '../../../platform/graphql/node-loader.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { SNAPSHOT_TYPE, SnapshotDirectory } from '../data/snapshot-directory.js';

/** `node(id:)` of a snapshot. */
@Injectable()
export class SnapshotNodes implements OnModuleInit {
  constructor(
    private readonly loaders: NodeLoaders,
    private readonly directory: SnapshotDirectory,
    private readonly projects: ProjectDirectory,
    private readonly access: AccessPort,
  ) {}

  onModuleInit(): void {
    this.loaders.register(SNAPSHOT_TYPE, (uid, principal) => {
      const row = this.directory.byUid(uid);
      const project = row && this.projects.byNamespace(row.namespace);
      return row && project && this.access.allows(principal, 'snapshots:read', project) ? row : null;
    });
  }
}
