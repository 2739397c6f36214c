import { Injectable } from '@nestjs/common';
import { Machines } from './machines.js';
import { OperationObserver } from './observer/operation-observer.js';
import { OperationEngine, type OperationMachine } from './operations.contract.js';

@Injectable()
export class DurableOperationEngine extends OperationEngine {
  constructor(
    private readonly machines: Machines,
    private readonly observer: OperationObserver,
  ) {
    super();
  }

  /** In `onModuleInit`. Who also begins operations of the kind registers that, too. */
  register<Observed>(machine: OperationMachine<Observed>): void {
    this.machines.register(machine);
  }

  observed(namespace: string, targetType: string, name: string): void {
    this.observer.observed(namespace, targetType, name);
  }
}
