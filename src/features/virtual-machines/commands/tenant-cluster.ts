import { Injectable } from '@nestjs/common';
import { ClusterClient, type ResourceKind } from '../../../platform/cluster/cluster-client.js';
import { SECRET, VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';
import { AccessContract } from '../../access/access.contract.js';
import type { ManifestObject } from '../domain/manifest.js';
import type { Caller } from './caller.js';

const KINDS: Record<string, ResourceKind> = { VirtualMachine: VIRTUAL_MACHINE, Secret: SECRET };

/** Asks the cluster what it would say to a change (`dryRun=All`), under the caller's name. */
@Injectable()
export class TenantCluster {
  constructor(
    private readonly cluster: ClusterClient,
    private readonly access: AccessContract,
  ) {}

  async wouldCreate({ principal, project }: Caller, objects: readonly ManifestObject[]): Promise<void> {
    const as = this.access.impersonationOf(principal, project);
    for (const object of objects) {
      const kind = KINDS[object.kind];
      if (kind) await this.cluster.create(kind, project.namespace, object, { as, dryRun: true });
    }
  }

  async wouldPatch({ principal, project }: Caller, name: string, body: object): Promise<ManifestObject> {
    const as = this.access.impersonationOf(principal, project);
    const patch = { type: 'merge' as const, body };
    const answer = await this.cluster.patch(VIRTUAL_MACHINE, project.namespace, name, patch, {
      as,
      dryRun: true,
    });
    return answer as ManifestObject;
  }

  async wouldDelete({ principal, project }: Caller, name: string): Promise<void> {
    const as = this.access.impersonationOf(principal, project);
    await this.cluster.delete(VIRTUAL_MACHINE, project.namespace, name, { as, dryRun: true });
  }

  async wouldDo(
    { principal, project }: Caller,
    resource: 'virtualmachines' | 'virtualmachineinstances',
    name: string,
    subresource: string,
    body: object,
  ): Promise<void> {
    const as = this.access.impersonationOf(principal, project);
    await this.cluster.subresource(project.namespace, resource, name, subresource, {
      body,
      as,
      dryRun: true,
    });
  }
}
