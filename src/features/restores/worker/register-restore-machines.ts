import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { OperationEngine } from '../../operations/operations.contract.js';
import { ObservedRestores } from '../../snapshots/observed-restores.contract.js';
import { MACHINE_TARGET } from '../operation-kinds.js';
import { RestoreMachine } from './restore-machine.js';
import { RestoreToNew } from './restore-to-new.js';

/** Gives the engine this room's state machines; of machines and snapshots the rooms below tell it. */
@Injectable()
export class RegisterRestoreMachines implements OnModuleInit, OnModuleDestroy {
  #stop: (() => void) | null = null;

  constructor(
    private readonly engine: OperationEngine,
    private readonly restores: ObservedRestores,
    private readonly inPlace: RestoreMachine,
    private readonly toNew: RestoreToNew,
  ) {}

  onModuleInit(): void {
    this.engine.register(this.inPlace);
    this.engine.register(this.toNew);
    this.#stop = this.restores.onRestore((namespace, target) =>
      this.engine.observed(namespace, MACHINE_TARGET, target),
    );
  }

  onModuleDestroy(): void {
    this.#stop?.();
  }
}
