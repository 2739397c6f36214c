import { mutableCopy, sameJson } from './frozen-copy.js';
import type { KubeObject } from './kube-object.js';
import { invalid } from './refusals.js';
import type { ResourceKind } from './resource-kind.js';

/** An update of the status: everything else stays. */
export function withStatus(previous: KubeObject, object: KubeObject): KubeObject {
  const next = mutableCopy(previous);
  if (object.status === undefined) delete next.status;
  else next.status = mutableCopy(object.status);
  if (object.metadata.managedFields) next.metadata.managedFields = object.metadata.managedFields;
  return next;
}

/** An update of the object: what the server alone writes stays, and the status if it is a subresource. */
export function withoutStatusChange(
  kind: ResourceKind,
  previous: KubeObject,
  object: KubeObject,
): KubeObject {
  const next = mutableCopy(object);
  if (kind.hasStatus) {
    if (previous.status === undefined) delete next.status;
    else next.status = mutableCopy(previous.status);
  }
  if (kind.resource === 'namespaces') next.spec = mutableCopy(previous.spec);
  next.metadata = {
    ...next.metadata,
    uid: previous.metadata.uid,
    creationTimestamp: previous.metadata.creationTimestamp,
    deletionTimestamp: previous.metadata.deletionTimestamp,
    deletionGracePeriodSeconds: previous.metadata.deletionGracePeriodSeconds,
    generateName: previous.metadata.generateName,
    generation: previous.metadata.generation,
    namespace: previous.metadata.namespace,
  };
  next.apiVersion = previous.apiVersion;
  next.kind = previous.kind;
  return next;
}

/** @throws StatusError 422 for a finalizer put on an object that is being deleted. */
export function refuseNewFinalizers(kind: ResourceKind, previous: KubeObject, next: KubeObject): void {
  if (!previous.metadata.deletionTimestamp) return;
  const present = previous.metadata.finalizers ?? [];
  const added = (next.metadata.finalizers ?? []).filter((name) => !present.includes(name));
  if (added.length === 0) return;
  const list = added.map((name) => JSON.stringify(name)).join(', ');
  throw invalid(kind, next.metadata.name, [
    {
      reason: 'FieldValueForbidden',
      message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
      field: 'metadata.finalizers',
    },
  ]);
}

/** Whether a change counts in `metadata.generation`: any but of metadata, and of a status with its own subresource. */
export function generationGrows(kind: ResourceKind, previous: KubeObject, next: KubeObject): boolean {
  const told = (object: KubeObject) => {
    const { metadata: _metadata, apiVersion: _apiVersion, kind: _kind, ...rest } = object;
    if (kind.hasStatus) delete rest.status;
    return rest;
  };
  return !sameJson(told(previous), told(next));
}

/** Whether nothing holds a deleted object any more. */
export function mayGo(kind: ResourceKind, object: KubeObject): boolean {
  if (object.metadata.finalizers?.length) return false;
  if (kind.resource === 'pods' && (object.metadata.deletionGracePeriodSeconds ?? 0) > 0) return false;
  return kind.resource !== 'namespaces' || !object.spec?.finalizers?.length;
}

/**
 * A pod that lies on a node ends in its own time: it is marked, and its kubelet deletes it once more, with no grace. A
 * later deletion can only shorten the time.
 * @see Kubernetes pkg/registry/core/pod/strategy.go, CheckGracefulDelete
 */
export function grantGrace(pod: KubeObject, asked: number | undefined, now: Date): void {
  const { metadata } = pod;
  const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  const grace =
    !pod.spec?.nodeName || ended ? 0 : Math.max(0, asked ?? pod.spec.terminationGracePeriodSeconds ?? 30);
  if (metadata.deletionTimestamp && grace >= (metadata.deletionGracePeriodSeconds ?? 0)) return;
  metadata.deletionGracePeriodSeconds = grace;
  if (grace === 0) return;
  metadata.deletionTimestamp = `${new Date(now.getTime() + grace * 1000).toISOString().slice(0, 19)}Z`;
}
