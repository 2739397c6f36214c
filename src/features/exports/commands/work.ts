import { Injectable } from '@nestjs/common';
import type { Failure } from '../../../kernel/failure.js';
import { currentContext } from '../../../platform/context/request-context.js';
import { Database } from '../../../platform/database/database.js';
import { OperationsContract, type OperationView } from '../../operations/operations.contract.js';
import { TARGET_TYPE } from '../domain/names.js';
import type { Caller } from './caller.js';

export interface WorkRequest {
  kind: string;
  name: string;
  /** Default: an export. */
  targetType?: string;
  input: Record<string, unknown>;
  supersedes?: readonly string[];
  warnings?: string[];
}

/** Begins operations of this room, each in a transaction of its own. */
@Injectable()
export class Work {
  constructor(
    private readonly database: Database,
    private readonly operations: OperationsContract,
  ) {}

  /**
   * `refusal` is why the state of the moment does not allow it. It is the last to be asked: an operation that was
   * begun under the same idempotency key is answered again, and an unfinished one on the target is named.
   */
  begin(
    { principal, project }: Caller,
    { name, targetType = TARGET_TYPE, ...request }: WorkRequest,
    refusal: Failure | null = null,
  ): Promise<OperationView> {
    const startedAt = Date.now();
    return this.database.transaction(async (tx) => {
      const target = { type: targetType, name };
      const operation = await this.operations.begin(tx, { ...request, principal, project, target });
      if (refusal && Date.parse(operation.createdAt) >= startedAt) throw refusal;
      return operation;
    });
  }

  /** For a dry run: what the quota says to it. Returns warnings; throws quota.exceeded. */
  rehearse(
    { project }: Caller,
    { kind, name, input, targetType = TARGET_TYPE }: WorkRequest,
  ): Promise<readonly string[]> {
    return this.operations.rehearse({ kind, input, project, target: { type: targetType, name } });
  }
}

export const isDryRun = (): boolean => currentContext()?.dryRun ?? false;
export const requestId = (): string => currentContext()?.requestId ?? 'unknown';
