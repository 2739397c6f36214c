import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { OperationEngine } from '../../operations/operations.contract.js';
import { ExportCaches } from '../data/export-caches.js';
import { MACHINE_TARGET_TYPE, TARGET_TYPE } from '../domain/names.js';
import { CreateExportMachine } from './create-export-machine.js';
import { DeleteExportMachine } from './delete-export-machine.js';
import { DumpMemoryMachine } from './dump-memory-machine.js';
import { RemoveDumpMachine } from './remove-dump-machine.js';

/** The state machines of memory dumps: one class to ask for. */
@Injectable()
export class DumpMachines {
  constructor(
    readonly dump: DumpMemoryMachine,
    readonly remove: RemoveDumpMachine,
  ) {}
}

/** Gives the engine this room's state machines, and tells it of every change that they may be waiting for. */
@Injectable()
export class RegisterMachines implements OnModuleInit, OnModuleDestroy {
  readonly #stops: (() => void)[] = [];

  constructor(
    private readonly engine: OperationEngine,
    private readonly caches: ExportCaches,
    private readonly creation: CreateExportMachine,
    private readonly deletion: DeleteExportMachine,
    private readonly dumps: DumpMachines,
  ) {}

  onModuleInit(): void {
    for (const machine of [this.creation, this.deletion]) this.engine.register(machine);
    for (const machine of [this.dumps.dump, this.dumps.remove]) this.engine.register(machine);
    const { exports, machines, instances } = this.caches;
    this.#stops.push(
      exports.onChange(({ view }) => this.engine.observed(view.namespace, TARGET_TYPE, view.name)),
      // Machines change all the time; only a dump's progress is of interest here.
      machines.onChange(({ view, previous }) => {
        if (view.dump?.phase === previous?.dump?.phase && view.dump?.endedAt === previous?.dump?.endedAt)
          return;
        this.engine.observed(view.namespace, MACHINE_TARGET_TYPE, view.name);
      }),
      instances.onChange(({ view, previous }) => {
        if (view.running === previous?.running) return;
        this.engine.observed(view.namespace, MACHINE_TARGET_TYPE, view.name);
      }),
    );
  }

  onModuleDestroy(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }
}
