import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { NAMESPACE } from '../../../platform/cluster/kinds.js';
import { Leadership } from '../../../platform/leadership/leadership.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { ImageCaches } from '../data/image-caches.js';
import { IMAGES_NAMESPACE } from '../domain/names.js';
import { ImageAsks } from './image-asks.js';
import { Publisher } from './publisher.js';

const EVERY_MS = 60_000;

/**
 * On the leader: takes back the shared copies of images whose project is gone. Their namespace did not go with it, and
 * nobody is left who could take them back.
 */
@Injectable()
export class OrphanSweep implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger('images');
  #timer: NodeJS.Timeout | null = null;
  #round: Promise<void> | null = null;
  #silence: (() => void) | null = null;

  constructor(
    private readonly leadership: Leadership,
    private readonly projects: ProjectDirectory,
    private readonly caches: ImageCaches,
    private readonly asks: ImageAsks,
    private readonly publisher: Publisher,
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
    this.#silence ??= this.projects.onChange(() => this.#tick());
    this.#tick();
  }

  #stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#silence?.();
    this.#silence = null;
  }

  #tick(): void {
    this.#round ??= this.#sweep()
      .catch((error) => this.#logger.warn(`shared images wait for the next round: ${error}`))
      .finally(() => {
        this.#round = null;
      });
  }

  async #sweep(): Promise<void> {
    const { images, volumes, crons } = this.caches;
    if (![images, volumes, crons].every(({ synced }) => synced)) return;
    await this.projects.whenLoaded();
    const copies = [images, volumes, crons].flatMap((cache) => [...cache.inNamespace(IMAGES_NAMESPACE)]);
    const orphans = new Map<string, { home: string; image: string }>();
    for (const { home, image } of copies) {
      if (home !== '' && !this.projects.byNamespace(home)) orphans.set(`${home}/${image}`, { home, image });
    }
    for (const { home, image } of orphans.values()) {
      // Of two that know nothing of each other, each has its own projects: as long as the namespace is there, it is
      // somebody's.
      if (this.#timer === null || (await this.asks.tenants.find(NAMESPACE, '', home))) continue;
      await this.publisher.withdraw({ namespace: home, name: '', tenant: '' }, image);
      this.#logger.log(`took back the shared image ${image} of ${home}, whose project is gone`);
    }
  }
}
