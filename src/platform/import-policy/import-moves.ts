import type { Clock } from '../../kernel/clock.js';
import type { Keyed, ResourceCache } from '../cluster/cluster-cache.js';
import { ImportLimits } from './import-limits.js';

interface Filling extends Keyed {
  phase: string;
  /** 0..100; null while it is not known. */
  progress: number | null;
}

/**
 * When each DataVolume was last seen to move, by phase or by a tenth of a percent, while the progress of an operation
 * counts whole ones. In memory: after a restart every import has its full time again.
 */
export class ImportMoves {
  readonly #movedAt = new Map<string, Date>();
  readonly #stop: () => void;

  constructor(
    volumes: Pick<ResourceCache<Filling>, 'onChange'>,
    clock: Clock,
    private readonly limits: ImportLimits | null = null,
  ) {
    this.#stop = volumes.onChange(({ type, view, previous }) => {
      if (type === 'delete' || view.phase === 'Succeeded') this.#movedAt.delete(view.uid);
      else if (previous?.phase !== view.phase || previous.progress !== view.progress) {
        this.#movedAt.set(view.uid, clock.now());
      }
    });
  }

  /** How long an import may stand still, in milliseconds. */
  get stallMs(): number {
    return (this.limits ?? DEFAULT_LIMITS).stallMs;
  }

  movedAt(uid: string | undefined): Date | undefined {
    return uid === undefined ? undefined : this.#movedAt.get(uid);
  }

  onModuleDestroy(): void {
    this.#stop();
  }
}

const DEFAULT_LIMITS = new ImportLimits(120_000);
