import { Injectable } from '@nestjs/common';
import { PLATFORM, type Principal } from '../../../kernel/principal.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { NODE } from '../../../platform/cluster/kinds.js';
import { Database } from '../../../platform/database/database.js';
import { AccessContract } from '../../access/access.contract.js';
import { OperationsContract, type OperationView } from '../../operations/operations.contract.js';
import { NODE_TARGET } from '../operation-kinds.js';

/** What would happen: the answer of a dry run. */
export interface NodePreview {
  dryRun: true;
  effect: string;
  warnings: string[];
}

/** Begins operations on nodes, each in a transaction of its own. */
@Injectable()
export class NodeWork {
  constructor(
    private readonly database: Database,
    private readonly operations: OperationsContract,
    private readonly cluster: ClusterClient,
    private readonly access: AccessContract,
  ) {}

  /** Throws operation.in_progress. */
  begin(
    principal: Principal,
    kind: string,
    node: string,
    input: Record<string, unknown>,
    warnings: string[] = [],
  ): Promise<OperationView> {
    return this.database.transaction((tx) =>
      this.operations.begin(tx, {
        kind,
        principal,
        project: PLATFORM,
        target: { type: NODE_TARGET, name: node },
        input,
        warnings,
      }),
    );
  }

  /** Asks the cluster whether this principal may change that node. */
  async wouldPatch(principal: Principal, node: string, body: object): Promise<void> {
    const as = this.access.platformImpersonationOf(principal, 'nodes:manage');
    await this.cluster.patch(NODE, null, node, { type: 'merge', body }, { as, dryRun: true });
  }
}
