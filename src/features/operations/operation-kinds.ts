import { Injectable } from '@nestjs/common';
import type { OperationKind } from './operations.contract.js';

/** What can be begun in this process. */
@Injectable()
export class OperationKinds {
  private readonly kinds = new Map<string, OperationKind>();

  register(kind: OperationKind): void {
    if (kind.steps.length === 0) throw new Error(`An operation of kind ${kind.kind} has no step.`);
    // A worker registers a machine beside the kind, and what it takes is said by the kind.
    const takes = kind.takes ?? this.kinds.get(kind.kind)?.takes;
    const { kind: name, queue, steps, cancellable } = kind;
    this.kinds.set(name, { kind: name, queue, steps, cancellable, ...(takes && { takes }) });
  }

  get(kind: string): OperationKind {
    const known = this.kinds.get(kind);
    if (!known) throw new Error(`No room has registered operations of kind ${kind}.`);
    return known;
  }
}
