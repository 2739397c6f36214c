import type { MigrationProgress, MigrationSettings } from './guest-migration.js';

const GIB = 2 ** 30;

export type MonitorVerdict = 'go-on' | 'post-copy' | 'pause' | { abort: string };

/**
 * Decides when a migration has had its time: one that moves nothing is stuck, one that takes too long for
 * its memory is made post-copy, paused or given up, as its settings allow.
 * @see KubeVirt pkg/virt-launcher/virtwrap/live-migration-source.go (migrationMonitor)
 */
export class MigrationMonitor {
  readonly #startedAt: number;
  #movedAt: number;
  #leastRemaining = Number.POSITIVE_INFINITY;

  /** Times in milliseconds since the epoch. */
  constructor(
    private readonly settings: MigrationSettings,
    private readonly memoryBytes: number,
    now: number,
  ) {
    this.#startedAt = now;
    this.#movedAt = now;
  }

  look(now: number, { remaining }: Pick<MigrationProgress, 'remaining'>): MonitorVerdict {
    const { progressTimeout, completionTimeoutPerGiB, allowPostCopy, allowWorkloadDisruption } =
      this.settings;
    if (remaining < this.#leastRemaining) {
      this.#leastRemaining = remaining;
      this.#movedAt = now;
    }
    const allowed = completionTimeoutPerGiB * Math.ceil(this.memoryBytes / GIB);
    if (completionTimeoutPerGiB > 0 && now - this.#startedAt > allowed * 1_000) {
      if (allowPostCopy) return 'post-copy';
      if (allowWorkloadDisruption) return 'pause';
      return { abort: `Live migration is not completed after ${allowed} seconds and has been aborted` };
    }
    const stuckFor = Math.floor((now - this.#movedAt) / 1_000);
    if (progressTimeout > 0 && now - this.#movedAt > progressTimeout * 1_000) {
      return { abort: `Live migration stuck for ${stuckFor} seconds and has been aborted` };
    }
    return 'go-on';
  }
}
