import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { OperationEngine } from '../../operations/operations.contract.js';
import { MigrationCaches } from '../data/migration-caches.js';
import { MACHINE_TARGET } from '../operation-kinds.js';
import { MigrateMachine } from './migrate-machine.js';

/** Gives the engine this room's state machine, and tells it of every change that it may be waiting for. */
@Injectable()
export class RegisterMigrations implements OnModuleInit, OnModuleDestroy {
  #stop: (() => void) | null = null;

  constructor(
    private readonly engine: OperationEngine,
    private readonly caches: MigrationCaches,
    private readonly machine: MigrateMachine,
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
