import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../kernel/principal.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { NODE } from '../../../platform/cluster/kinds.js';
import { AccessContract } from '../../access/access.contract.js';

/** What would happen: the answer of a dry run. */
export interface NodePreview {
  dryRun: true;
  effect: string;
  warnings: string[];
}

/** Dry runs on nodes. */
@Injectable()
export class NodeRehearsal {
  constructor(
    private readonly cluster: ClusterClient,
    private readonly access: AccessContract,
  ) {}

  /** Asks the cluster whether this principal may change that node. */
  async patch(principal: Principal, node: string, body: object): Promise<void> {
    const as = this.access.platformImpersonationOf(principal, 'nodes:manage');
    await this.cluster.patch(NODE, null, node, { type: 'merge', body }, { as, dryRun: true });
  }
}
