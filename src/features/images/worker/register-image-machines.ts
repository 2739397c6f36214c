import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { OperationEngine } from '../../operations/operations.contract.js';
import { ImageCaches } from '../data/image-caches.js';
import { IMAGE_TARGET } from '../domain/names.js';
import { CreateImageMachine } from './create-image-machine.js';
import { DeleteImageMachine } from './delete-image-machine.js';
import { ShareImageMachine } from './share-image-machine.js';
import { UpdateImageMachine } from './update-image-machine.js';

/** One class to ask for. */
@Injectable()
export class ImageMachines {
  constructor(
    readonly create: CreateImageMachine,
    readonly update: UpdateImageMachine,
    readonly share: ShareImageMachine,
    readonly remove: DeleteImageMachine,
  ) {}
}

/** Gives the engine this room's state machines, and tells it of every change that they may be waiting for. */
@Injectable()
export class RegisterImageMachines implements OnModuleInit, OnModuleDestroy {
  #stop: (() => void) | null = null;

  constructor(
    private readonly engine: OperationEngine,
    private readonly caches: ImageCaches,
    private readonly machines: ImageMachines,
  ) {}

  onModuleInit(): void {
    const { create, update, share, remove } = this.machines;
    this.engine.register(create);
    this.engine.register(update);
    this.engine.register(share);
    this.engine.register(remove);
    this.#stop = this.caches.onChange((namespace, image) =>
      this.engine.observed(namespace, IMAGE_TARGET, image),
    );
  }

  onModuleDestroy(): void {
    this.#stop?.();
  }
}
