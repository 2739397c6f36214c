import { Injectable } from '@nestjs/common';
import { Failure } from '../../../kernel/failure.js';
import { unavailable } from '../../../kernel/failures.js';
import {
  ClusterClient,
  type ClusterObject,
  type Impersonation,
} from '../../../platform/cluster/cluster-client.js';
import { NODE, NODE_MAINTENANCE } from '../../../platform/cluster/kinds.js';
import { AccessContract } from '../../access/access.contract.js';
import { isCode } from '../../access/tenant-asks.contract.js';
import type { OperationRecord } from '../../operations/operations.contract.js';
import { maintenanceName } from '../domain/maintenance.js';

/** Asks about nodes: as the requester in the platform's group, with the rights of the moment. */
@Injectable()
export class NodeAsks {
  constructor(
    readonly cluster: ClusterClient,
    private readonly access: AccessContract,
  ) {}

  /** What can pass by itself (a lost race for an object) is thrown so that the job is tried again. */
  async run<T>(operation: OperationRecord, work: (as: Impersonation) => Promise<T>): Promise<T> {
    const as = await this.access.platformImpersonationFor(operation.requestedBy, 'nodes:manage');
    try {
      return await work(as);
    } catch (error) {
      if (isCode(error, 'cluster.conflict')) throw unavailable(error.message, { cause: error });
      throw error;
    }
  }

  /** Changes the node as it is at this moment, or not at all. */
  async change(
    name: string,
    as: Impersonation,
    change: (node: ClusterObject) => { unschedulable: true | null; taints: object[] },
  ): Promise<void> {
    const node = await this.cluster.get(NODE, null, name);
    const { unschedulable, taints } = change(node);
    const body = {
      metadata: { resourceVersion: node.metadata.resourceVersion },
      spec: { unschedulable, taints: taints.length > 0 ? taints : null },
    };
    await this.cluster.patch(NODE, null, name, { type: 'merge', body }, { as });
  }

  async cordon(name: string, as: Impersonation): Promise<void> {
    const body = { spec: { unschedulable: true } };
    await this.cluster.patch(NODE, null, name, { type: 'merge', body }, { as });
  }

  /** Only virtgate's own. */
  async endMaintenance(node: string, as: Impersonation): Promise<void> {
    try {
      await this.cluster.delete(NODE_MAINTENANCE, null, maintenanceName(node), { as });
    } catch (error) {
      if (!(error instanceof Failure) || !isCode(error, 'cluster.not_found', 'cluster.not_served'))
        throw error;
    }
  }
}
