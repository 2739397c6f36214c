import { Injectable } from '@nestjs/common';
import type { OperationMachine } from './operations.contract.js';

/** The state machines that this worker knows. */
@Injectable()
export class Machines {
  private readonly byKind = new Map<string, OperationMachine<unknown>>();

  register<Observed>(machine: OperationMachine<Observed>): void {
    if (this.byKind.has(machine.kind))
      throw new Error(`Two machines for operations of kind ${machine.kind}.`);
    this.byKind.set(machine.kind, machine as OperationMachine<unknown>);
  }

  get(kind: string): OperationMachine<unknown> | undefined {
    return this.byKind.get(kind);
  }
}
