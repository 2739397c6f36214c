import { Injectable, type OnModuleDestroy, Optional } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { ImportLimits } from '../../../platform/import-policy/import-limits.js';
import { MachineCaches } from '../data/machine-caches.js';

/**
 * When each import was last seen to move: by phase or by a tenth of a percent, while the progress of an operation counts
 * whole ones. In memory: after a restart every import has its full time again.
 */
@Injectable()
export class ImportWatch implements OnModuleDestroy {
  readonly #movedAt = new Map<string, Date>();
  readonly #stop: () => void;

  constructor(
    caches: MachineCaches,
    clock: Clock,
    @Optional() private readonly limits: ImportLimits = new ImportLimits(120_000),
  ) {
    this.#stop = caches.dataVolumes.onChange(({ type, view, previous }) => {
      if (type === 'delete' || view.phase === 'Succeeded') this.#movedAt.delete(view.uid);
      else if (previous?.phase !== view.phase || previous.progress !== view.progress) {
        this.#movedAt.set(view.uid, clock.now());
      }
    });
  }

  get stallMs(): number {
    return this.limits.stallMs;
  }

  movedAt(uid: string): Date | undefined {
    return this.#movedAt.get(uid);
  }

  onModuleDestroy(): void {
    this.#stop();
  }
}
