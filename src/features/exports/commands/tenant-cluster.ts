import { Injectable } from '@nestjs/common';
import { ClusterClient, type ResourceKind } from '../../../platform/cluster/cluster-client.js';
import { PERSISTENT_VOLUME_CLAIM, SECRET, VIRTUAL_MACHINE_EXPORT } from '../../../platform/cluster/kinds.js';
import { AccessContract } from '../../access/access.contract.js';
import { type Caller } from '../../operations/outcome.contract.js';
import type { ManifestObject } from '../domain/manifest.js';

const KINDS: Record<string, ResourceKind> = {
  VirtualMachineExport: VIRTUAL_MACHINE_EXPORT,
  PersistentVolumeClaim: PERSISTENT_VOLUME_CLAIM,
  Secret: SECRET,
};

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

  async wouldDelete({ principal, project }: Caller, name: string): Promise<void> {
    const as = this.access.impersonationOf(principal, project);
    await this.cluster.delete(VIRTUAL_MACHINE_EXPORT, project.namespace, name, { as, dryRun: true });
  }
}
