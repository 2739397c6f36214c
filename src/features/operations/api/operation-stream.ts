import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../kernel/principal.js';
import type { FoundOperation } from '../data/operation-reader.js';
import { type OperationChange, OperationChanges } from '../operation-changes.js';
import { OperationAccess } from './operation-access.js';

@Injectable()
export class OperationStream {
  constructor(
    private readonly changes: OperationChanges,
    private readonly access: OperationAccess,
  ) {}

  /** Every change after a version; the right to see it is asked again at each, and without it the stream ends. */
  async *open(
    principal: Principal,
    found: FoundOperation,
    after: number,
    signal: AbortSignal,
  ): AsyncGenerator<OperationChange> {
    for await (const change of this.changes.follow(found.view.id, after, signal)) {
      if (!(await this.access.stillSees(principal, found))) return;
      yield change;
    }
  }
}
