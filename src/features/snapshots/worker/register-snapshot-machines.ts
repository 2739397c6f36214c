import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { OperationEngine } from '../../operations/operations.contract.js';
import { SnapshotCaches } from '../data/snapshot-caches.js';
import { MACHINE_TARGET, SNAPSHOT_TARGET } from '../operation-kinds.js';
import { SourceMachines } from '../source-machine.contract.js';
import { RemoveSnapshot } from './remove-snapshot.js';
import { TakeSnapshot } from './take-snapshot.js';

/** Gives the engine this room's state machines, and tells it of every change that they may be waiting for. */
@Injectable()
export class RegisterSnapshotMachines implements OnModuleInit, OnModuleDestroy {
  readonly #stops: (() => void)[] = [];

  constructor(
    private readonly engine: OperationEngine,
    private readonly caches: SnapshotCaches,
    private readonly machines: SourceMachines,
    private readonly take: TakeSnapshot,
    private readonly remove: RemoveSnapshot,
  ) {}

  onModuleInit(): void {
    this.engine.register(this.take);
    this.engine.register(this.remove);
    this.#stops.push(
      this.caches.onChange((namespace, snapshot, machine) => {
        this.engine.observed(namespace, SNAPSHOT_TARGET, snapshot);
        if (machine !== null) this.engine.observed(namespace, MACHINE_TARGET, machine);
      }),
      this.machines.onChange((namespace, name) => this.engine.observed(namespace, MACHINE_TARGET, name)),
    );
  }

  onModuleDestroy(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }
}
