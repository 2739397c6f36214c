import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { TenantAsks } from '../../access/tenant-asks.contract.js';
import { OperationEngine } from '../../operations/operations.contract.js';
import { DiskCaches } from '../data/disk-caches.js';
import { DISK_TARGET } from '../domain/names.js';
import { EXPAND_DISK_KIND, UPDATE_DISK_KIND } from '../operation-kinds.js';
import { ChangeDiskMachine } from './change-disk-machine.js';
import { CreateDiskMachine } from './create-disk-machine.js';
import { DeleteDiskMachine } from './delete-disk-machine.js';
import { UploadDiskMachine } from './upload-disk-machine.js';

/** The state machines that are not made here: one class to ask for. */
@Injectable()
export class DiskMachines {
  constructor(
    readonly create: CreateDiskMachine,
    readonly remove: DeleteDiskMachine,
    readonly upload: UploadDiskMachine,
  ) {}
}

/** Gives the engine this room's state machines, and tells it of every change that they may be waiting for. */
@Injectable()
export class RegisterDiskMachines implements OnModuleInit, OnModuleDestroy {
  #stop: (() => void) | null = null;

  constructor(
    private readonly engine: OperationEngine,
    private readonly caches: DiskCaches,
    private readonly asks: TenantAsks,
    private readonly machines: DiskMachines,
  ) {}

  onModuleInit(): void {
    this.engine.register(this.machines.create);
    this.engine.register(this.machines.remove);
    this.engine.register(this.machines.upload);
    for (const { kind } of [UPDATE_DISK_KIND, EXPAND_DISK_KIND]) {
      this.engine.register(new ChangeDiskMachine(kind, this.caches, this.asks));
    }
    this.#stop = this.caches.onChange((namespace, name) =>
      this.engine.observed(namespace, DISK_TARGET, name),
    );
  }

  onModuleDestroy(): void {
    this.#stop?.();
  }
}
