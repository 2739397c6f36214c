import type { Principal } from '../../../kernel/principal.js';

/** After this an entry is read again behind the answer, so that a short outage of the database meets fresh entries. */
const REFRESH_AFTER_MS = 5_000;
/** After this an entry answers no more: how long a revoked token can live where no signal arrives. */
const TTL_MS = 15_000;
const CAPACITY = 10_000;

interface Entry {
  principal: Principal;
  loadedAt: number;
}

/**
 * Principals by credential. One load per key at a time; what a signal invalidates while it is being loaded is given
 * to who waited for it, but not kept.
 */
export class PrincipalCache {
  private readonly entries = new Map<string, Entry>();
  private readonly loading = new Map<string, Promise<Principal | null>>();
  private generation = 0;

  constructor(private readonly monotonicMs: () => number = () => performance.now()) {}

  /** Null where `load` finds nobody; throws what `load` throws when there is no entry young enough. */
  async get(key: string, load: () => Promise<Principal | null>): Promise<Principal | null> {
    const entry = this.entries.get(key);
    if (!entry) return this.load(key, load);
    const age = this.monotonicMs() - entry.loadedAt;
    if (age >= TTL_MS) return this.load(key, load);
    // A failure here is told by the load that follows the end of the entry.
    if (age >= REFRESH_AFTER_MS) void this.load(key, load).catch(() => {});
    return entry.principal;
  }

  invalidate(matches: (principal: Principal) => boolean): void {
    this.generation += 1;
    this.loading.clear();
    for (const [key, { principal }] of this.entries) {
      if (matches(principal)) this.entries.delete(key);
    }
  }

  private load(key: string, load: () => Promise<Principal | null>): Promise<Principal | null> {
    const running = this.loading.get(key);
    if (running) return running;
    const { generation } = this;
    const started = this.monotonicMs();
    const loaded = load()
      .then((principal) => {
        if (generation !== this.generation) return principal;
        this.entries.delete(key);
        if (principal) this.keep(key, { principal, loadedAt: started });
        return principal;
      })
      .finally(() => {
        if (this.loading.get(key) === loaded) this.loading.delete(key);
      });
    this.loading.set(key, loaded);
    return loaded;
  }

  private keep(key: string, entry: Entry): void {
    this.entries.set(key, entry);
    if (this.entries.size <= CAPACITY) return;
    const [oldest] = this.entries.keys();
    if (oldest !== undefined) this.entries.delete(oldest);
  }
}
