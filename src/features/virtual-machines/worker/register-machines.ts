import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { OperationEngine } from '../../operations/operations.contract.js';
import { MachineCaches } from '../data/machine-caches.js';
import { TARGET_TYPE } from '../domain/names.js';
import { POWER_KINDS } from '../operation-kinds.js';
import { CreateMachine } from './create-machine.js';
import { DeleteMachine } from './delete-machine.js';
import { PowerAsks } from './power-asks.js';
import { PowerMachine } from './power-machine.js';
import { TrashMachine, UndeleteMachine } from './trash-machine.js';
import { UpdateMachine } from './update-machine.js';

/** The state machines that provision: one class to ask for. */
@Injectable()
export class LongMachines {
  constructor(
    readonly create: CreateMachine,
    readonly update: UpdateMachine,
    readonly remove: DeleteMachine,
    readonly trash: TrashMachine,
    readonly undelete: UndeleteMachine,
  ) {}
}

/** Gives the engine this room's state machines, and tells it of every change that they may be waiting for. */
@Injectable()
export class RegisterMachines implements OnModuleInit, OnModuleDestroy {
  #stop: (() => void) | null = null;

  constructor(
    private readonly engine: OperationEngine,
    private readonly caches: MachineCaches,
    private readonly machines: LongMachines,
    private readonly powerAsks: PowerAsks,
  ) {}

  onModuleInit(): void {
    this.engine.register(this.machines.create);
    this.engine.register(this.machines.update);
    this.engine.register(this.machines.remove);
    this.engine.register(this.machines.trash);
    this.engine.register(this.machines.undelete);
    for (const { kind } of POWER_KINDS)
      this.engine.register(new PowerMachine(kind, this.caches, this.powerAsks));
    this.#stop = this.caches.onChange((namespace, name) =>
      this.engine.observed(namespace, TARGET_TYPE, name),
    );
  }

  onModuleDestroy(): void {
    this.#stop?.();
  }
}
