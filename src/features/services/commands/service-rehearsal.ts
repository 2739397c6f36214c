import { Injectable } from '@nestjs/common';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { SERVICE } from '../../../platform/cluster/kinds.js';
import { currentContext } from '../../../platform/context/request-context.js';
import { AccessContract } from '../../access/access.contract.js';
import { type Caller, type Preview } from '../../operations/outcome.contract.js';
import type { ServiceSpec } from '../domain/service.js';
import { serviceManifest } from '../domain/service-manifest.js';

/** Asks the cluster what it would say, under the caller's name. */
@Injectable()
export class ServiceRehearsal {
  constructor(
    private readonly cluster: ClusterClient,
    private readonly access: AccessContract,
  ) {}

  async expose(
    { principal, project }: Caller,
    machine: { name: string; uid: string },
    service: ServiceSpec,
  ): Promise<Preview> {
    const from = {
      id: 'dry-run',
      requestId: currentContext()?.requestId ?? 'unknown',
      requestedBy: principal,
      project,
    };
    const manifest = serviceManifest(from, machine, service);
    const as = this.access.impersonationOf(principal, project);
    const made = await this.cluster.create(SERVICE, project.namespace, manifest, { as, dryRun: true });
    const effect = `It makes the machine "${machine.name}" reachable by the service "${service.name}".`;
    return { dryRun: true, manifests: [made], warnings: [], effect };
  }
}
