import { Injectable, type OnModuleDestroy, Optional } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { ImportLimits } from '../../../platform/import-policy/import-limits.js';
import { ImageCaches } from '../data/image-caches.js';

/** When each image was last seen to grow. In memory: after a restart every import has its full time again. */
@Injectable()
export class ImportMoves implements OnModuleDestroy {
  readonly #movedAt = new Map<string, Date>();
  readonly #stop: () => void;

  constructor(
    caches: ImageCaches,
    clock: Clock,
    @Optional() private readonly limits: ImportLimits = new ImportLimits(120_000),
  ) {
    this.#stop = caches.volumes.onChange(({ type, view, previous }) => {
      if (type === 'delete' || view.phase === 'Succeeded') this.#movedAt.delete(view.uid);
      else if (previous?.phase !== view.phase || previous.progress !== view.progress) {
        this.#movedAt.set(view.uid, clock.now());
      }
    });
  }

  get stallMs(): number {
    return this.limits.stallMs;
  }

  movedAt(uid: string | undefined): Date | undefined {
    return uid === undefined ? undefined : this.#movedAt.get(uid);
  }

  onModuleDestroy(): void {
    this.#stop();
  }
}
