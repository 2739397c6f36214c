import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { OperationEngine } from '../../operations/operations.contract.js';
import { CloneCaches } from '../data/clone-caches.js';
import { MACHINE_TARGET } from '../operation-kinds.js';
import { CloneMachine } from './clone-machine.js';

/** Gives the engine this room's state machine; of machines the rooms below tell it. */
@Injectable()
export class RegisterCloneMachine implements OnModuleInit, OnModuleDestroy {
  #stop: (() => void) | null = null;

  constructor(
    private readonly engine: OperationEngine,
    private readonly caches: CloneCaches,
    private readonly machine: CloneMachine,
  ) {}

  onModuleInit(): void {
    this.engine.register(this.machine);
    this.#stop = this.caches.onChange((namespace, name) =>
      this.engine.observed(namespace, MACHINE_TARGET, name),
    );
  }

  onModuleDestroy(): void {
    this.#stop?.();
  }
}
