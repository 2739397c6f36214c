import type { KubeObject } from '../../kubevirt-types/kube-object.js';
import type { CacheEvent, Keyed, ResourceCache, ViewDefinition } from './cluster-cache.js';
import type { ClusterLogger } from './cluster-logger.js';
import type { ReflectorSink } from './reflector.js';
import { SortedBucket } from './sorted-bucket.js';

const EMPTY: readonly never[] = Object.freeze([]);

/** The live copy of one view of one kind: what the reflector writes and rooms read. */
export class KindCache<V extends Keyed> implements ResourceCache<V>, ReflectorSink {
  private readonly namespaces = new Map<string, SortedBucket<V>>();
  private readonly indexes = new Map<string, Map<string, SortedBucket<V>>>();
  private readonly listeners = new Set<(event: CacheEvent<V>) => void>();
  private readonly waiting: (() => void)[] = [];
  private heardAt: number | null = null;
  private listed = false;

  constructor(
    private readonly definition: ViewDefinition<V>,
    private readonly logger: ClusterLogger,
  ) {
    for (const name of Object.keys(definition.indexes ?? {})) this.indexes.set(name, new Map());
  }

  get synced(): boolean {
    return this.listed;
  }

  whenSynced(): Promise<void> {
    return this.listed ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }

  staleness(): number {
    return this.heardAt === null ? Number.POSITIVE_INFINITY : Date.now() - this.heardAt;
  }

  get(namespace: string, name: string): V | undefined {
    return this.namespaces.get(namespace)?.get(name);
  }

  inNamespace(namespace: string): readonly V[] {
    return this.namespaces.get(namespace)?.sorted() ?? EMPTY;
  }

  *all(): Iterable<V> {
    for (const namespace of [...this.namespaces.keys()].sort()) yield* this.inNamespace(namespace);
  }

  by(index: string, key: string): readonly V[] {
    const buckets = this.indexes.get(index);
    if (!buckets) throw new Error(`${this.definition.kind.plural} has no index "${index}".`);
    return buckets.get(key)?.sorted() ?? EMPTY;
  }

  onChange(listener: (event: CacheEvent<V>) => void): () => void {
    // A wrapper of its own, so that the same function may listen twice and stop once.
    const own = (event: CacheEvent<V>) => listener(event);
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  }

  heard(): void {
    this.heardAt = Date.now();
  }

  apply(object: KubeObject): void {
    const { namespace = '', name } = object.metadata;
    const view = this.project(object);
    if (!view) {
      this.remove(namespace, name);
      return;
    }
    const previous = this.get(namespace, name) ?? null;
    // A relist tells again what is known already.
    if (previous?.resourceVersion === view.resourceVersion && previous.uid === view.uid) return;
    this.bucket(namespace).set(name, view);
    this.reindex(namespace, name, previous, view);
    this.tell({ type: 'set', view, previous });
  }

  remove(namespace: string, name: string): void {
    const bucket = this.namespaces.get(namespace);
    const previous = bucket?.get(name);
    if (!bucket || !previous) return;
    bucket.delete(name);
    if (bucket.size === 0) this.namespaces.delete(namespace);
    this.reindex(namespace, name, previous, null);
    this.tell({ type: 'delete', view: previous, previous });
  }

  /** Everything that a complete list did not name is gone. */
  finishList(listed: ReadonlyMap<string, ReadonlySet<string>>): void {
    for (const [namespace, bucket] of [...this.namespaces]) {
      const names = listed.get(namespace);
      const sorted = bucket.sorted() as readonly V[];
      for (const { name } of sorted) if (!names?.has(name)) this.remove(namespace, name);
    }
    this.listed = true;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private project(object: KubeObject): V | null {
    try {
      return this.definition.project(object);
    } catch (error) {
      const { kind } = this.definition;
      this.logger.error(
        { err: error, kind: kind.plural, name: object.metadata.name },
        'An object of the cluster could not be read and is left out',
      );
      return null;
    }
  }

  private bucket(namespace: string): SortedBucket<V> {
    let bucket = this.namespaces.get(namespace);
    if (!bucket) {
      bucket = new SortedBucket();
      this.namespaces.set(namespace, bucket);
    }
    return bucket;
  }

  private reindex(namespace: string, name: string, previous: V | null, view: V | null): void {
    // The separator sorts before every character of a name, so that entries order by namespace, then name.
    const key = `${namespace}\0${name}`;
    for (const [index, keysOf] of Object.entries(this.definition.indexes ?? {})) {
      const buckets = this.indexes.get(index) as Map<string, SortedBucket<V>>;
      const before = previous ? this.keys(keysOf, previous) : EMPTY;
      const after = view ? this.keys(keysOf, view) : EMPTY;
      for (const old of before) {
        if (after.includes(old)) continue;
        const bucket = buckets.get(old);
        bucket?.delete(key);
        if (bucket?.size === 0) buckets.delete(old);
      }
      if (!view) continue;
      for (const now of after) {
        let bucket = buckets.get(now);
        if (!bucket) {
          bucket = new SortedBucket();
          buckets.set(now, bucket);
        }
        bucket.set(key, view);
      }
    }
  }

  private keys(keysOf: (view: V) => readonly string[], view: V): readonly string[] {
    try {
      return keysOf(view);
    } catch (error) {
      this.logger.error({ err: error, kind: this.definition.kind.plural }, 'An index could not be computed');
      return EMPTY;
    }
  }

  private tell(event: CacheEvent<V>): void {
    for (const listener of [...this.listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.logger.error(
          { err: error, kind: this.definition.kind.plural, name: event.view.name },
          'A listener of the cluster cache failed',
        );
      }
    }
  }
}
