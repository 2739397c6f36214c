import { Injectable } from '@nestjs/common';
import { Machines } from './machines.js';
import { OperationObserver } from './observer/operation-observer.js';
import { OperationKinds } from './operation-kinds.js';
import { OperationEngine, type OperationMachine } from './operations.contract.js';

@Injectable()
export class DurableOperationEngine extends OperationEngine {
  constructor(
    private readonly kinds: OperationKinds,
    private readonly machines: Machines,
    private readonly observer: OperationObserver,
  ) {
    super();
  }

  /** In `onModuleInit`. A worker can then also begin operations of the kind. */
  register<Observed>(machine: OperationMachine<Observed>): void {
    this.kinds.register(machine);
    this.machines.register(machine);
  }

  observed(namespace: string, targetType: string, name: string): void {
    this.observer.observed(namespace, targetType, name);
  }
}
