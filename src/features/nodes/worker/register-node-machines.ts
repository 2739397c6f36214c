import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { PLATFORM } from '../../../kernel/principal.js';
import { OperationEngine } from '../../operations/operations.contract.js';
import { NodeCaches } from '../data/node-caches.js';
import { NODE_TARGET } from '../operation-kinds.js';
import { DrainMachine } from './drain-machine.js';
import { FenceMachine } from './fence-machine.js';

/** Tells the engine of every change that an operation on a node may be waiting for. */
@Injectable()
export class RegisterNodeMachines implements OnModuleInit, OnModuleDestroy {
  #stop: () => void = () => {};

  constructor(
    private readonly engine: OperationEngine,
    private readonly caches: NodeCaches,
    private readonly drain: DrainMachine,
    private readonly fence: FenceMachine,
  ) {}

  onModuleInit(): void {
    this.engine.register(this.drain);
    this.engine.register(this.fence);
    this.#stop = this.caches.onChange((node) => this.engine.observed(PLATFORM.namespace, NODE_TARGET, node));
  }

  onModuleDestroy(): void {
    this.#stop();
  }
}
