import type { KubeObject } from '../../kubevirt-types/kube-object.js';
import type { ResourceKind } from './cluster-client.js';

/** How one kind is kept: what is left of an object, and by which keys it is found. */
export interface ViewDefinition<V> {
  kind: ResourceKind;
  /** Builds the compact view, once per change; null leaves the object out. Must not keep the object itself. */
  project(object: KubeObject): V | null;
  /** Extra indexes: the keys under which a view is found. */
  indexes?: Record<string, (view: V) => readonly string[]>;
  /** Label or field selector sent to the cluster, so that foreign objects never come in. */
  labelSelector?: string;
  fieldSelector?: string;
  /** True where the cluster may lack the kind: then it is empty, synced, and looked for again later. */
  optional?: boolean;
}

export interface Keyed {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
}

export interface CacheEvent<V> {
  type: 'set' | 'delete';
  view: V;
  previous: V | null;
}

/** The live copy of one kind. Reads are synchronous and cost no call to the cluster. */
export interface ResourceCache<V extends Keyed> {
  readonly synced: boolean;
  /** Milliseconds since the cluster was last heard (event, bookmark or list). */
  staleness(): number;
  get(namespace: string, name: string): V | undefined;
  /** All of one namespace, by name. The array is shared: never change it. */
  inNamespace(namespace: string): readonly V[];
  all(): Iterable<V>;
  by(index: string, key: string): readonly V[];
  /** Told after the cache has changed. During the first list every object is told as `set`. */
  onChange(listener: (event: CacheEvent<V>) => void): () => void;
}

/** Rooms define what they need before `start`; one reflector per kind feeds it. */
export abstract class ClusterCache {
  /** The same definition object gives the same cache: a kind is watched once per process. */
  abstract define<V extends Keyed>(definition: ViewDefinition<V>): ResourceCache<V>;
  abstract start(): void;
  abstract get synced(): boolean;
  /** Resolves when every kind has been listed once. */
  abstract whenSynced(): Promise<void>;
  abstract stop(): Promise<void>;
}
