import { Injectable } from '@nestjs/common';
import {
  ClusterClient,
  type ClusterObject,
  type ResourceKind,
} from '../../platform/cluster/cluster-client.js';
import { AccessContract } from '../access/access.contract.js';
import { type Caller } from '../operations/outcome.contract.js';

/** Asks the cluster what it would say to a change (`dryRun=All`), under the caller's name. */
@Injectable()
export class ProtectionPreviews {
  constructor(
    private readonly cluster: ClusterClient,
    private readonly access: AccessContract,
  ) {}

  async wouldCreate(
    { principal, project }: Caller,
    kind: ResourceKind,
    object: ClusterObject,
  ): Promise<void> {
    const as = this.access.impersonationOf(principal, project);
    await this.cluster.create(kind, project.namespace, object, { as, dryRun: true });
  }

  async wouldDelete({ principal, project }: Caller, kind: ResourceKind, name: string): Promise<void> {
    const as = this.access.impersonationOf(principal, project);
    await this.cluster.delete(kind, project.namespace, name, { as, dryRun: true });
  }
}
