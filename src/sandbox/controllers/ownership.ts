import type { KubeObject, OwnerReference } from '../store/kube-object.js';

/** The reference by which a controller owns what it makes. */
export function controlledBy(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function isControlledBy(
  object: { metadata: { ownerReferences?: OwnerReference[] } },
  uid: string,
): boolean {
  return (object.metadata.ownerReferences ?? []).some(
    (reference) => reference.controller && reference.uid === uid,
  );
}

export function controllerOf(object: KubeObject, kind: string): OwnerReference | undefined {
  return (object.metadata.ownerReferences ?? []).find(
    (reference) => reference.controller && reference.kind === kind,
  );
}

export function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** The key of the controlling owner of that kind, for `watches`. */
export function ownerKey(kind: string): (object: KubeObject) => string[] {
  return (object) => {
    const owner = controllerOf(object, kind);
    return owner ? [`${object.metadata.namespace ?? ''}/${owner.name}`] : [];
  };
}
