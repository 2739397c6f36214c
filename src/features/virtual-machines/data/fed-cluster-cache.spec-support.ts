import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import {
  ClusterCache,
  type Keyed,
  type ResourceCache,
  type ViewDefinition,
} from '../../../platform/cluster/cluster-cache.js';
import { SILENT_LOGGER } from '../../../platform/cluster/cluster-logger.js';
import { KindCache } from '../../../platform/cluster/kind-cache.js';

/** For tests: the real caches, fed by hand where a reflector would feed them. */
export class FedClusterCache extends ClusterCache {
  readonly #kinds = new Map<string, KindCache<Keyed>[]>();
  #revision = 0;

  define<V extends Keyed>(definition: ViewDefinition<V>): ResourceCache<V> {
    const cache = new KindCache(definition, SILENT_LOGGER);
    const { kind } = definition.kind;
    this.#kinds.set(kind, [...(this.#kinds.get(kind) ?? []), cache as unknown as KindCache<Keyed>]);
    return cache;
  }

  /** As if the watch had told of it. */
  put(object: Omit<KubeObject, 'metadata'> & { metadata: Partial<KubeObject['metadata']> }): void {
    this.#revision += 1;
    const { name = 'web', namespace = 'vg-demo-1' } = object.metadata;
    const metadata = {
      uid: `${object.kind}-${name}`,
      creationTimestamp: '2030-01-01T00:00:00Z',
      resourceVersion: String(this.#revision),
      ...object.metadata,
      name,
      namespace,
    };
    for (const cache of this.#kinds.get(object.kind) ?? []) cache.apply({ ...object, metadata });
  }

  drop(kind: string, name: string, namespace = 'vg-demo-1'): void {
    for (const cache of this.#kinds.get(kind) ?? []) cache.remove(namespace, name);
  }

  start(): void {}

  get synced(): boolean {
    return true;
  }

  whenSynced(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}
