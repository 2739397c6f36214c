import type { KubeObject, NewObject } from './kube-object.js';

/** "plural" or "plural.group", as RBAC and kubectl spell it: `pods`, `virtualmachines.kubevirt.io`. */
export type ResourceName = string;

export interface StoreEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  resource: ResourceName;
  object: KubeObject;
  previous?: KubeObject;
  revision: number;
}

export interface DeleteOptions {
  propagation?: 'Background' | 'Foreground' | 'Orphan';
  preconditions?: { uid?: string; resourceVersion?: string };
  gracePeriodSeconds?: number;
}

export interface WriteOptions {
  /** Everything is checked and the result is told, nothing is kept and nobody hears of it. */
  dryRun?: boolean;
}

/**
 * Versioned objects behind one revision counter, as etcd under an API server. Synchronous: a change is
 * durable (node:sqlite) and visible when the call returns. Objects that are handed out are frozen.
 * Every refusal is a {@link StatusError} carrying a Kubernetes Status.
 */
export interface ObjectStore {
  readonly revision: number;
  get(resource: ResourceName, namespace: string | undefined, name: string): KubeObject | undefined;
  list(resource: ResourceName, namespace?: string): readonly KubeObject[];
  create(resource: ResourceName, object: NewObject, options?: WriteOptions): KubeObject;
  /**
   * Replaces the object. A `metadata.resourceVersion` that is given must be the present one (409 otherwise).
   * Without `subresource`, status stays as it is and generation grows with a change of spec; with
   * `'status'`, only status changes. Removing the last finalizer of a deleted object ends it.
   */
  update(
    resource: ResourceName,
    object: KubeObject,
    subresource?: 'status',
    options?: WriteOptions,
  ): KubeObject;
  /** Marks (finalizers, foreground) or removes; dependants go by ownerReferences. */
  delete(
    resource: ResourceName,
    namespace: string | undefined,
    name: string,
    options?: DeleteOptions & WriteOptions,
  ): KubeObject;
  /** Tells every change after it is durable, in order of revision. Returns the way to stop. */
  subscribe(listener: (event: StoreEvent) => void): () => void;
}
