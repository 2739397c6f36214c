import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { OperationEngine } from '../../operations/operations.contract.js';
import { GuestCaches } from '../data/guest-caches.js';
import { MACHINE_TARGET } from '../operation-kinds.js';
import { SetSshKeysMachine } from './set-ssh-keys-machine.js';

/** Gives the engine this room's state machine, and tells it of every change of a machine. */
@Injectable()
export class RegisterGuestMachines implements OnModuleInit, OnModuleDestroy {
  #stop: (() => void) | null = null;

  constructor(
    private readonly engine: OperationEngine,
    private readonly caches: GuestCaches,
    private readonly sshKeys: SetSshKeysMachine,
  ) {}

  onModuleInit(): void {
    this.engine.register(this.sshKeys);
    this.#stop = this.caches.machines.onChange(({ view: { namespace, name } }) =>
      this.engine.observed(namespace, MACHINE_TARGET, name),
    );
  }

  onModuleDestroy(): void {
    this.#stop?.();
  }
}
