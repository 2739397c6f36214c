import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { IdempotencyStore } from './idempotency-store.js';

const EVERY_MS = 3_600_000;

/** Deletes old answers every hour. Several processes may do so at once: the second finds nothing to delete. */
@Injectable()
export class IdempotencyPruning implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger(IdempotencyPruning.name);
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly store: IdempotencyStore) {}

  onModuleInit(): void {
    this.#timer = setInterval(() => {
      this.store.prune().catch((error: unknown) => this.#logger.warn(error));
    }, EVERY_MS);
    this.#timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.#timer);
  }
}
