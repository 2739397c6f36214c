import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AccessPort } from '../../../platform/access/access-port.js';
import { NodeLoaders } from '../../../platform/graphql/node-loader.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { MachineDirectory } from '../data/machine-directory.js';
import { MACHINE_TYPE } from '../data/machine-row.js';

/** `node(id:)` of a virtual machine. */
@Injectable()
export class MachineNodes implements OnModuleInit {
  constructor(
    private readonly loaders: NodeLoaders,
    private readonly directory: MachineDirectory,
    private readonly projects: ProjectDirectory,
    private readonly access: AccessPort,
  ) {}

  onModuleInit(): void {
    this.loaders.register(MACHINE_TYPE, (uid, principal) => {
      const row = this.directory.byUid(uid);
      const project = row && this.projects.byNamespace(row.namespace);
      return row && project && this.access.allows(principal, 'vms:read', project) ? row : null;
    });
  }
}
