import { ClusterCache, type Keyed, type ResourceCache, type ViewDefinition } from './cluster-cache.js';
import type { ClusterLogger } from './cluster-logger.js';
import { KindCache } from './kind-cache.js';
import { DEFAULT_REFLECTOR, Reflector, type ReflectorOptions } from './reflector.js';
import type { WatchApi } from './watch-api.js';

interface Defined {
  definition: ViewDefinition<Keyed>;
  cache: KindCache<Keyed>;
}

/** One reflector per kind and selector; definitions of several rooms share it. */
export class ReflectingClusterCache extends ClusterCache {
  private readonly defined = new Map<object, Defined>();
  private readonly reflectors: Reflector[] = [];
  private readonly options: ReflectorOptions;
  private started = false;

  constructor(
    private readonly api: WatchApi,
    private readonly logger: ClusterLogger,
    options: Partial<ReflectorOptions> = {},
  ) {
    super();
    this.options = { ...DEFAULT_REFLECTOR, ...options };
  }

  define<V extends Keyed>(definition: ViewDefinition<V>): ResourceCache<V> {
    const known = this.defined.get(definition);
    if (known) return known.cache as unknown as ResourceCache<V>;
    const cache = new KindCache(definition, this.logger);
    const entry = { definition, cache } as unknown as Defined;
    this.defined.set(definition, entry);
    // Too late to share a reflector: its list is over.
    if (this.started) this.reflect([entry]);
    return cache;
  }

  start(): void {
    if (this.started) return;
    this.started = true;
    const groups = new Map<string, Defined[]>();
    for (const entry of this.defined.values()) {
      const { kind, labelSelector = '', fieldSelector = '' } = entry.definition;
      const key = [kind.group, kind.plural, labelSelector, fieldSelector].join('\n');
      groups.set(key, [...(groups.get(key) ?? []), entry]);
    }
    for (const entries of groups.values()) this.reflect(entries);
  }

  get synced(): boolean {
    return [...this.defined.values()].every(({ cache }) => cache.synced);
  }

  async whenSynced(): Promise<void> {
    await Promise.all([...this.defined.values()].map(({ cache }) => cache.whenSynced()));
  }

  /** The greatest staleness of all kinds in milliseconds, by plural: what a freshness metric shows. */
  staleness(): Record<string, number> {
    const result: Record<string, number> = {};
    for (const { definition, cache } of this.defined.values()) {
      const { plural } = definition.kind;
      result[plural] = Math.max(result[plural] ?? 0, cache.staleness());
    }
    return result;
  }

  async stop(): Promise<void> {
    await Promise.all(this.reflectors.map((reflector) => reflector.stop()));
  }

  private reflect(entries: Defined[]): void {
    const [first] = entries;
    if (!first) return;
    const { kind, labelSelector, fieldSelector } = first.definition;
    const optional = entries.every(({ definition }) => definition.optional === true);
    const reflector = new Reflector(
      this.api,
      { kind, labelSelector, fieldSelector, optional },
      entries.map(({ cache }) => cache),
      this.options,
      this.logger,
    );
    this.reflectors.push(reflector);
    reflector.start();
  }
}
