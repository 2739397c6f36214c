import { Injectable } from '@nestjs/common';
import type { OperationKind } from './operations.contract.js';

/** What can be begun in this process. */
@Injectable()
export class OperationKinds {
  private readonly kinds = new Map<string, OperationKind>();

  register(kind: OperationKind): void {
    if (kind.steps.length === 0) throw new Error(`An operation of kind ${kind.kind} has no step.`);
    this.kinds.set(kind.kind, kind);
  }

  get(kind: string): OperationKind {
    const known = this.kinds.get(kind);
    if (!known) throw new Error(`No room has registered operations of kind ${kind}.`);
    return known;
  }
}
