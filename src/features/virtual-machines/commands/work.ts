import { Injectable } from '@nestjs/common';
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

  begin({ principal, project }: Caller, request: WorkRequest): Promise<OperationView> {
    const { name, ...rest } = request;
    return this.database.transaction((tx) =>
      this.operations.begin(tx, { ...rest, principal, project, target: { type: TARGET_TYPE, name } }),
    );
  }

  /** Kinds of the unfinished operations on a machine. */
  async unfinished({ project }: Caller, name: string): Promise<string[]> {
    const operations = await this.operations.unfinished(project.id, TARGET_TYPE, name);
    return operations.map(({ kind }) => kind);
  }
}

export const isDryRun = (): boolean => currentContext()?.dryRun ?? false;
export const requestId = (): string => currentContext()?.requestId ?? 'unknown';
