import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';
import { type ExportedManifest, exportManifest } from '../domain/exported-manifest.js';
import { vmNotFound } from '../domain/failures.js';
import { MachineDirectory } from './machine-directory.js';

/** The whole manifest is not kept in memory: this is the one read that asks the cluster. */
@Injectable()
export class LiveManifest {
  constructor(
    private readonly cluster: ClusterClient,
    private readonly directory: MachineDirectory,
  ) {}

  async of(project: ProjectRef, name: string): Promise<ExportedManifest> {
    // Unknown names never reach the cluster.
    const row = this.directory.get(project, name);
    if (!row) throw vmNotFound(`There is no virtual machine "${name}" in this project.`);
    const object = await this.cluster.get(VIRTUAL_MACHINE, project.namespace, row.name);
    return exportManifest(
      { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', ...object },
      project.namespace,
    );
  }
}
