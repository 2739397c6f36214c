import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { OperationEngine } from '../../operations/operations.contract.js';
import { ServiceCaches } from '../data/service-caches.js';
import { MACHINE_TARGET } from '../operation-kinds.js';
import { ExposeMachine, UnexposeMachine } from './service-machines.js';

/** Gives the engine this room's state machines, and tells it of every change that they may be waiting for. */
@Injectable()
export class RegisterServices implements OnModuleInit, OnModuleDestroy {
  #stops: (() => void)[] = [];

  constructor(
    private readonly engine: OperationEngine,
    private readonly caches: ServiceCaches,
    private readonly expose: ExposeMachine,
    private readonly unexpose: UnexposeMachine,
  ) {}

  onModuleInit(): void {
    this.engine.register(this.expose);
    this.engine.register(this.unexpose);
    this.#stops = [
      this.caches.services.onChange(({ view: { namespace, machine } }) =>
        this.engine.observed(namespace, MACHINE_TARGET, machine),
      ),
      this.caches.machines.onChange(({ view: { namespace, name } }) =>
        this.engine.observed(namespace, MACHINE_TARGET, name),
      ),
    ];
  }

  onModuleDestroy(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }
}
