import { Injectable } from '@nestjs/common';
import type { Failure } from '../../../kernel/failure.js';
import { Database } from '../../../platform/database/database.js';
import { OperationsContract, type OperationView } from '../../operations/operations.contract.js';
import { MACHINE_TARGET, MIGRATE_KIND } from '../operation-kinds.js';
import type { Caller } from './caller.js';

@Injectable()
export class BeginMigration {
  constructor(
    private readonly database: Database,
    private readonly operations: OperationsContract,
  ) {}

  /**
   * `refusal` is the last to be told: an operation that was begun under the same idempotency key is answered again, and
   * an unfinished one on the machine is named, for both say more.
   */
  begin(
    { principal, project }: Caller,
    name: string,
    input: Record<string, unknown>,
    refusal: Failure | null,
  ): Promise<OperationView> {
    const startedAt = Date.now();
    const target = { type: MACHINE_TARGET, name };
    return this.database.transaction(async (tx) => {
      const { kind } = MIGRATE_KIND;
      const operation = await this.operations.begin(tx, { kind, principal, project, target, input });
      if (refusal && Date.parse(operation.createdAt) >= startedAt) throw refusal;
      return operation;
    });
  }
}
