import { Injectable } from '@nestjs/common';
import { Failure } from '../../../kernel/failure.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { VIRTUAL_MACHINE_INSTANCE_MIGRATION } from '../../../platform/cluster/kinds.js';
import { currentContext } from '../../../platform/context/request-context.js';
import { AccessContract } from '../../access/access.contract.js';
import { type Caller, type Preview } from '../../operations/outcome.contract.js';
import { clusterSaid } from '../domain/cluster-said.js';
import { migrationManifest } from '../domain/migration-manifest.js';

/** What a migration would come to: asked of the cluster (`dryRun=All`), under the caller's name. */
@Injectable()
export class MigrationPreview {
  constructor(
    private readonly cluster: ClusterClient,
    private readonly access: AccessContract,
  ) {}

  async of(
    { principal, project }: Caller,
    machine: string,
    { nodeHostname, from }: { nodeHostname: string | null; from: string | null },
  ): Promise<Preview> {
    const operation = {
      id: 'dry-run',
      requestId: currentContext()?.requestId ?? 'unknown',
      requestedBy: principal,
      project,
    };
    const manifest = migrationManifest(operation, { machine, nodeHostname });
    const as = this.access.impersonationOf(principal, project);
    try {
      const kind = VIRTUAL_MACHINE_INSTANCE_MIGRATION;
      await this.cluster.create(kind, project.namespace, manifest, { as, dryRun: true });
    } catch (error) {
      throw error instanceof Failure ? clusterSaid(error) : error;
    }
    const to = nodeHostname === null ? 'another node' : `the node "${nodeHostname}"`;
    const effect = `It moves the virtual machine "${machine}" from "${from}" to ${to} while it runs. It takes nothing of the quota.`;
    return { dryRun: true, manifests: [manifest], warnings: [], effect };
  }
}
