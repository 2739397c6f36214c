import { Injectable } from '@nestjs/common';
import type { Failure } from '../../../kernel/failure.js';
import { currentContext } from '../../../platform/context/request-context.js';
import { Database, type Tx } from '../../../platform/database/database.js';
import { OperationsContract, type OperationView } from '../../operations/operations.contract.js';
import { DISK_TARGET } from '../domain/names.js';
import type { Caller } from './caller.js';

export interface DiskRequest {
  kind: string;
  name: string;
  input: object;
  /** Kinds that this one replaces; see BeginOperation. */
  supersedes?: readonly string[];
  warnings?: string[];
}

/** Begins operations on disks, each in a transaction of its own. */
@Injectable()
export class DiskWork {
  constructor(
    private readonly database: Database,
    private readonly operations: OperationsContract,
  ) {}

  /**
   * `refusal` is why the state of the moment does not allow it. It is the last to be asked: an operation that was
   * begun under the same idempotency key is answered again, and an unfinished one on the disk is named. `alongside`
   * writes what belongs to a new operation.
   */
  begin(
    { principal, project }: Caller,
    { name, input, ...request }: DiskRequest,
    refusal: Failure | null = null,
    alongside: (tx: Tx, operation: OperationView) => Promise<void> = async () => {},
  ): Promise<OperationView> {
    const startedAt = Date.now();
    return this.database.transaction(async (tx) => {
      const target = { type: DISK_TARGET, name };
      const operation = await this.operations.begin(tx, {
        ...request,
        input: input as Record<string, unknown>,
        principal,
        project,
        target,
      });
      if (Date.parse(operation.createdAt) < startedAt) return operation;
      if (refusal) throw refusal;
      await alongside(tx, operation);
      return operation;
    });
  }

  /** For a dry run: what the quota says to it. Returns warnings; throws quota.exceeded. */
  rehearse({ project }: Caller, { kind, name, input }: DiskRequest): Promise<readonly string[]> {
    const target = { type: DISK_TARGET, name };
    return this.operations.rehearse({ kind, project, target, input: input as Record<string, unknown> });
  }

  get(id: string): Promise<OperationView | null> {
    return this.operations.get(id);
  }

  /** Unfinished operations on the disk. */
  unfinished({ project }: Caller, name: string): Promise<OperationView[]> {
    return this.operations.unfinished(project.id, DISK_TARGET, name);
  }

  /** The operation once it has settled, or as it is after `ms`; null when it does not exist. */
  untilSettled(id: string, ms: number): Promise<OperationView | null> {
    return this.operations.untilSettled(id, ms);
  }
}

export const isDryRun = (): boolean => currentContext()?.dryRun ?? false;
export const requestId = (): string => currentContext()?.requestId ?? 'unknown';
