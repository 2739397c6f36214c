import { mutableCopy } from '../store/frozen-copy.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { badRequest, modified, notFound } from '../store/refusals.js';
import type { ResourceKind } from '../store/resource-kind.js';
import type { SqliteObjectStore } from '../store/sqlite-object-store.js';
import { header, isDryRun, type ResourceCall, readBody, sendJson } from './api-call.js';
import { decodeBody, mediaType } from './body-codec.js';
import { applyPatch, checkPatchType } from './patching.js';
import { methodNotAllowed } from './resource-api.js';

/** The subresource `scale` (autoscaling/v1) of replica sets and pools: `spec.replicas` and what there is of them. */
export class ScaleApi {
  constructor(private readonly store: SqliteObjectStore) {}

  async serve(call: ResourceCall, kind: ResourceKind): Promise<void> {
    const { namespace, name = '' } = call.info;
    const object = this.store.get(kind.resource, namespace, name);
    if (!object) throw notFound(kind, name);
    if (call.method === 'GET' || call.method === 'HEAD') return this.answer(call, object);
    if (call.method !== 'PUT' && call.method !== 'PATCH') throw methodNotAllowed();
    const body = await readBody(call.raw);
    const type = header(call.raw, 'content-type');
    const wanted =
      call.method === 'PUT' ? decodeBody(body, type, 'Scale') : this.patched(kind, object, type, body);
    const { metadata, spec } = wanted as Untyped;
    const replicas = spec?.replicas ?? 0;
    if (!Number.isInteger(replicas) || replicas < 0)
      throw badRequest('spec.replicas must be a whole number that is not negative');
    // Read again: the body may have taken its time.
    const present = this.store.get(kind.resource, namespace, name);
    if (!present) throw notFound(kind, name);
    if (metadata?.resourceVersion && metadata.resourceVersion !== present.metadata.resourceVersion)
      throw modified(kind, name);
    const next = { ...mutableCopy(present), spec: { ...present.spec, replicas } };
    this.answer(call, this.store.update(kind.resource, next, undefined, { dryRun: isDryRun(call.query) }));
  }

  private patched(
    kind: ResourceKind,
    object: KubeObject,
    type: string | undefined,
    body: Buffer,
  ): KubeObject {
    checkPatchType(kind, mediaType(type));
    return applyPatch(mediaType(type), scaleOf(object), body.toString('utf8'));
  }

  private answer(call: ResourceCall, object: KubeObject): void {
    sendJson(call, 200, JSON.stringify(scaleOf(object)));
  }
}

function scaleOf({ metadata, spec, status }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const labels = Object.entries((spec?.selector?.matchLabels ?? {}) as Record<string, string>);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec?.replicas ?? 0 },
    status: {
      replicas: status?.replicas ?? 0,
      selector: status?.labelSelector ?? labels.map(([key, value]) => `${key}=${value}`).join(','),
    },
  };
}
