import { type GuestMigration, isUnderway, type MigrationRequest } from '../guest-migration.js';
import { MigrationMonitor } from '../migration-monitor.js';

const LOOK_MS = 25;

/** What the migration of a guest does to its owner. */
export interface MigrationSite {
  /** Runs the action after that many milliseconds, unless the guest ends before. */
  after(delayMs: number, action: () => unknown): void;
  /** Whether the guest can still be moved. */
  alive(): boolean;
  changed(): void;
  /** The guest is on the other node from now on. */
  moved(): void;
}

export interface MigrationTimings {
  prepareMs: number;
  /** For the whole memory, where no bandwidth is set. */
  transferMs: number;
}

/** One move of a guest that has no memory: as many bytes as it would have, at the speed that is allowed. */
export class SimulatedMigration {
  readonly state: GuestMigration;
  readonly #request: MigrationRequest;
  readonly #site: MigrationSite;

  constructor(
    request: MigrationRequest,
    private readonly memoryBytes: number,
    private readonly timings: MigrationTimings,
    site: MigrationSite,
  ) {
    this.#request = request;
    this.#site = site;
    this.state = { id: request.id, targetNode: request.targetNode, phase: 'preparing', mode: 'PreCopy' };
    site.after(timings.prepareMs, () => this.#set('preparing', { phase: 'ready' }));
  }

  start(): void {
    if (this.state.phase !== 'ready') return;
    const { settings } = this.#request;
    const rate = settings.bandwidth || (this.memoryBytes / this.timings.transferMs) * 1_000;
    const monitor = new MigrationMonitor(settings, this.memoryBytes, Date.now());
    const beganAt = Date.now();
    const look = () => {
      if (!isUnderway(this.state) || !this.#site.alive()) return;
      const processed = Math.min(this.memoryBytes, Math.floor(((Date.now() - beganAt) / 1_000) * rate));
      const remaining = this.memoryBytes - processed;
      this.state.progress = {
        total: this.memoryBytes,
        processed,
        remaining,
        dirtyRate: 0,
        transferRate: Math.floor(rate),
      };
      const verdict = monitor.look(Date.now(), { remaining });
      if (remaining === 0 || (verdict === 'pause' && this.state.mode === 'Paused')) {
        this.#site.moved();
        this.#set('running', { phase: 'completed' });
        return;
      }
      if (typeof verdict === 'object') {
        this.#set('running', { phase: 'failed', reason: verdict.abort });
        return;
      }
      if (verdict === 'post-copy') this.state.mode = 'PostCopy';
      if (verdict === 'pause') this.state.mode = 'Paused';
      this.#site.changed();
      this.#site.after(LOOK_MS, look);
    };
    this.#set('ready', { phase: 'running' });
    look();
  }

  /** Too late once the guest runs on the other node. */
  cancel(): void {
    if (!isUnderway(this.state) || this.state.mode === 'PostCopy') return;
    this.#set(this.state.phase, { phase: 'cancelled', reason: 'Live migration aborted' });
  }

  #set(from: GuestMigration['phase'], change: Partial<GuestMigration>): void {
    if (this.state.phase !== from) return;
    Object.assign(this.state, change);
    this.#site.changed();
  }
}
