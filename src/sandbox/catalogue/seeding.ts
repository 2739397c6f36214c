import type { KubeObject, NewObject } from '../store/kube-object.js';
import type { ObjectStore, ResourceName } from '../store/object-store.js';

/**
 * Makes the object, or puts it right where it has been bent: spec and status as given, labels and
 * annotations at least those given. Whatever else people added stays.
 */
export function ensureObject(store: ObjectStore, resource: ResourceName, wanted: NewObject): KubeObject {
  const { name = '', namespace } = wanted.metadata;
  const present = store.get(resource, namespace, name);
  if (!present) {
    const made = store.create(resource, wanted);
    return wanted.status === undefined ? made : withStatus(store, resource, made, wanted);
  }
  const merged = {
    ...structuredClone(present),
    ...wanted,
    ...(wanted.spec && present.spec ? { spec: { ...present.spec, ...wanted.spec } } : {}),
    metadata: {
      ...structuredClone(present.metadata),
      labels: { ...present.metadata.labels, ...wanted.metadata.labels },
      annotations: { ...present.metadata.annotations, ...wanted.metadata.annotations },
    },
  };
  return withStatus(store, resource, store.update(resource, merged), wanted);
}

function withStatus(
  store: ObjectStore,
  resource: ResourceName,
  present: KubeObject,
  wanted: NewObject,
): KubeObject {
  if (wanted.status === undefined) return present;
  return store.update(resource, { ...present, status: wanted.status }, 'status');
}

/** Makes the object only where it is not there. */
export function ensurePresent(store: ObjectStore, resource: ResourceName, wanted: NewObject): KubeObject {
  const { name = '', namespace } = wanted.metadata;
  return store.get(resource, namespace, name) ?? store.create(resource, wanted);
}
