import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Failure } from '../../../kernel/failure.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import type { ClusterObject } from '../../../platform/cluster/cluster-client.js';
import { Database } from '../../../platform/database/database.js';
import { OperationsContract, type OperationView } from '../../operations/operations.contract.js';
import { EXPOSE_KIND, MACHINE_TARGET, UNEXPOSE_KIND } from '../operation-kinds.js';

/** Who asks, and where the right to it was checked. */
export interface Caller {
  principal: Principal;
  project: ProjectRef;
}

/** What would happen: the answer of a dry run. */
export interface Preview {
  dryRun: true;
  manifests: ClusterObject[];
  warnings: string[];
  effect: string;
}

export type Outcome = { operation: OperationView; preview?: undefined } | { preview: Preview };

/** Begins the operations of services, each in a transaction of its own. */
@Injectable()
export class BeginServices implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly operations: OperationsContract,
  ) {}

  onModuleInit(): void {
    for (const kind of [EXPOSE_KIND, UNEXPOSE_KIND]) this.operations.registerKind(kind);
  }

  /** `refusal` is the last to be told: what was begun under the same idempotency key is answered again. */
  operation(
    { principal, project }: Caller,
    kind: string,
    name: string,
    input: Record<string, unknown>,
    refusal: Failure | null,
  ): Promise<OperationView> {
    const startedAt = Date.now();
    const target = { type: MACHINE_TARGET, name };
    return this.database.transaction(async (tx) => {
      const operation = await this.operations.begin(tx, { kind, principal, project, target, input });
      if (refusal && Date.parse(operation.createdAt) >= startedAt) throw refusal;
      return operation;
    });
  }
}
