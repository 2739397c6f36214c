import { Injectable } from '@nestjs/common';
import type { Failure } from '../../kernel/failure.js';
import { Database, type Tx } from '../../platform/database/database.js';
import { OperationsContract, type OperationView } from './operations.contract.js';
import { type Caller } from './outcome.contract.js';

export interface WorkRequest {
  kind: string;
  /** Of what it is done to. */
  name: string;
  /** Default: the room's own. */
  targetType?: string;
  /** Kept as JSON. */
  input: object;
  /** Kinds that this one replaces; see BeginOperation. */
  supersedes?: readonly string[];
  warnings?: string[];
}

/** Begins a room's operations, each in a transaction of its own. A room's own class says on what. */
@Injectable()
export abstract class TargetWork {
  protected abstract readonly targetType: string;

  constructor(
    private readonly database: Database,
    protected readonly operations: OperationsContract,
  ) {}

  /**
   * `refusal` is why the state of the moment does not allow it. It is the last to be told: an operation that was begun
   * under the same idempotency key is answered again, and an unfinished one on the target is named, for both say more.
   * `alongside` writes what belongs to a new operation.
   */
  begin(
    { principal, project }: Caller,
    { name, targetType = this.targetType, input, ...request }: WorkRequest,
    refusal: Failure | null = null,
    alongside: (tx: Tx, operation: OperationView) => Promise<void> = async () => {},
  ): Promise<OperationView> {
    const startedAt = Date.now();
    return this.database.transaction(async (tx) => {
      const target = { type: targetType, name };
      const operation = await this.operations.begin(tx, {
        ...request,
        input: { ...input },
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
  rehearse(
    { project }: Caller,
    { kind, name, input, targetType = this.targetType }: WorkRequest,
  ): Promise<readonly string[]> {
    return this.operations.rehearse({
      kind,
      input: { ...input },
      project,
      target: { type: targetType, name },
    });
  }

  /** Unfinished operations on one of the room's own. */
  unfinished({ project }: Caller, name: string): Promise<OperationView[]> {
    return this.operations.unfinished(project.id, this.targetType, name);
  }
}
