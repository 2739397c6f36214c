import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Leadership } from '../../../platform/leadership/leadership.js';
import { ExpireTrash } from '../commands/expire-trash.js';
import { MachineCaches } from '../data/machine-caches.js';

const EVERY_MS = 15_000;

/** On the leader: looks from time to time whose time in the trash is over. */
@Injectable()
export class TrashClock implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger('trash');
  #timer: NodeJS.Timeout | null = null;
  #round: Promise<void> | null = null;

  constructor(
    private readonly leadership: Leadership,
    private readonly caches: MachineCaches,
    private readonly expiring: ExpireTrash,
  ) {}

  onModuleInit(): void {
    this.leadership.onElected(() => this.#start());
    this.leadership.onDeposed(() => this.#stop());
  }

  async onModuleDestroy(): Promise<void> {
    this.#stop();
    await this.#round;
  }

  #start(): void {
    this.#timer ??= setInterval(() => this.#tick(), EVERY_MS).unref();
    this.#tick();
  }

  #stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  #tick(): void {
    if (!this.caches.trash.synced) return;
    this.#round ??= this.expiring
      .execute()
      .catch((error) => this.#logger.warn(`the trash waits for the next round: ${error}`))
      .finally(() => {
        this.#round = null;
      });
  }
}
