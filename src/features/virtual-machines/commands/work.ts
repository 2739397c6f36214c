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
  input: Record<string, unknown>;
  supersedes?: readonly string[];
  warnings?: string[];
}

/** Begins operations on virtual machines, each in a transaction of its own. */
@Injectable()
export class Work {
  constructor(
    private readonly database: Database,
    private readonly operations: OperationsContract,
  ) {}

  /**
   * `refusal` is why the state of the moment does not allow it. It is the last to be asked: an operation that was
   * begun under the same idempotency key is answered again, and an unfinished one on the machine is named, for both
   * say more.
   */
  begin(
    { principal, project }: Caller,
    { name, ...request }: WorkRequest,
    refusal: Failure | null = null,
  ): Promise<OperationView> {
    const startedAt = Date.now();
    return this.database.transaction(async (tx) => {
      const target = { type: TARGET_TYPE, name };
      const operation = await this.operations.begin(tx, { ...request, principal, project, target });
      if (refusal && Date.parse(operation.createdAt) >= startedAt) throw refusal;
      return operation;
    });
  }

  /** For a dry run: what the quota says to it. Returns warnings; throws quota.exceeded. */
  rehearse({ project }: Caller, { name, kind, input }: WorkRequest): Promise<readonly string[]> {
    return this.operations.rehearse({ kind, input, project, target: { type: TARGET_TYPE, name } });
  }

  /** Kinds of the unfinished operations on a machine. */
  async unfinished({ project }: Caller, name: string): Promise<string[]> {
    const operations = await this.operations.unfinished(project.id, TARGET_TYPE, name);
    return operations.map(({ kind }) => kind);
  }
}

export const isDryRun = (): boolean => currentContext()?.dryRun ?? false;
export const requestId = (): string => currentContext()?.requestId ?? 'unknown';
