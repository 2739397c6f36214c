import { mutableCopy } from '../store/frozen-copy.js';
import type { KubeObject, NewObject } from '../store/kube-object.js';
import { nameFrom, validateMetadata } from '../store/metadata-rules.js';
import { admitToNamespace } from '../store/namespace-lifecycle.js';
import { badRequest, invalid, modified, notFound } from '../store/refusals.js';
import { groupVersion, type ResourceKind } from '../store/resource-kind.js';
import type { SqliteObjectStore } from '../store/sqlite-object-store.js';
import { StatusError } from '../store/status-error.js';
import type { AdmissionChain } from './admission-chain.js';
import { booleanOf, header, isDryRun, type ResourceCall, readBody, sendJson } from './api-call.js';
import { decodeBody, decodeObject, mediaType } from './body-codec.js';
import { readDeleteOptions } from './delete-options.js';
import type { AdmissionRequest } from './extension.js';
import { writeOf } from './field-manager.js';
import { listPage } from './list-page.js';
import { afterUpdate } from './managed-fields.js';
import { APPLY_PATCH, applyPatch, checkPatchType } from './patching.js';
import { negotiate, renderList, renderObject } from './representation.js';
import { applyConfiguration } from './server-side-apply.js';
import type { WatchStreams } from './watch-stream.js';

const CONFLICT_RETRIES = 5;

export const methodNotAllowed = () =>
  new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );

/** The verbs of Kubernetes on the objects of one store. The caller has been authorized. */
export class ResourceApi {
  constructor(
    private readonly store: SqliteObjectStore,
    private readonly admission: AdmissionChain,
    private readonly watches: WatchStreams,
    private readonly clock: { now(): Date },
  ) {}

  async serve(call: ResourceCall, kind: ResourceKind): Promise<void> {
    const { info } = call;
    const status = info.subresource === 'status' && kind.hasStatus;
    if ((info.subresource !== undefined && !status) || info.rest.length > 0)
      throw new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
    if (!info.named) return this.serveCollection(call, kind);
    switch (call.method) {
      case 'GET':
      case 'HEAD':
        if (info.verb === 'watch') return this.list(call, kind);
        return this.get(call, kind);
      case 'PUT':
        return this.update(call, kind);
      case 'PATCH':
        return this.patch(call, kind);
      case 'DELETE':
        if (status) throw methodNotAllowed();
        return this.delete(call, kind);
      default:
        throw methodNotAllowed();
    }
  }

  private serveCollection(call: ResourceCall, kind: ResourceKind): Promise<void> | void {
    const { info } = call;
    const needsNamespace = kind.namespaced && info.namespace === undefined;
    switch (call.method) {
      case 'GET':
      case 'HEAD':
        return this.list(call, kind);
      case 'POST':
        if (needsNamespace) throw badRequest('an empty namespace may not be set during creation');
        return this.create(call, kind);
      case 'DELETE':
        if (needsNamespace || !kind.verbs.includes('deletecollection')) throw methodNotAllowed();
        return this.deleteCollection(call, kind);
      case 'PATCH':
      case 'PUT':
        throw badRequest('name must be provided');
      default:
        throw methodNotAllowed();
    }
  }

  private get(call: ResourceCall, kind: ResourceKind): void {
    const as = negotiate(header(call.raw, 'accept'), call.query, call.info.version);
    const object = this.find(call, kind);
    sendJson(call, 200, renderObject(kind, object, as, this.clock.now()), as.yaml);
  }

  private find({ info }: ResourceCall, kind: ResourceKind): KubeObject {
    const name = info.name as string;
    const object = this.store.get(kind.resource, kind.namespaced ? info.namespace : undefined, name);
    if (!object) throw notFound(kind, name);
    return object;
  }

  private list(call: ResourceCall, kind: ResourceKind): void {
    const as = negotiate(header(call.raw, 'accept'), call.query, call.info.version);
    if (call.info.verb === 'watch') {
      this.watches.serve(call, kind, as);
      return;
    }
    const page = listPage(this.store, kind, call.info.namespace, call.query, call.info.name);
    sendJson(call, 200, renderList(kind, page.objects, page.metadata, as, this.clock.now()), as.yaml);
  }

  private async create(call: ResourceCall, kind: ResourceKind): Promise<void> {
    const as = negotiate(header(call.raw, 'accept'), call.query, call.info.version);
    const body = decodeBody(await readBody(call.raw), header(call.raw, 'content-type'), kind.kind);
    const place = {
      version: call.info.version,
      namespace: kind.namespaced ? call.info.namespace : undefined,
    };
    const object = this.createObject(call, kind, decodeObject(kind, body, place));
    sendJson(call, 201, renderObject(kind, object, as, this.clock.now()), as.yaml);
  }

  /** Admission, defaults of metadata, managedFields (unless an apply brought its own), store. */
  private createObject(call: ResourceCall, kind: ResourceKind, draft: NewObject): KubeObject {
    const dryRun = isDryRun(call.query);
    const { metadata } = draft;
    if (metadata.resourceVersion)
      throw badRequest('resourceVersion should not be set on objects to be created');
    if (!metadata.name && metadata.generateName) metadata.name = nameFrom(metadata.generateName);
    admitToNamespace(kind, metadata.namespace, metadata.name ?? '', (name) =>
      this.store.get('namespaces', undefined, name),
    );
    const applied = metadata.managedFields;
    const request: AdmissionRequest = {
      operation: 'CREATE',
      resource: kind.resource,
      namespace: metadata.namespace,
      name: metadata.name,
      user: call.user,
      dryRun,
      object: draft,
    };
    const object = this.admission.mutate(request, call.warnings) as NewObject;
    if (kind.hasStatus) delete object.status;
    validateMetadata(kind, object.metadata);
    object.metadata.managedFields =
      applied ?? afterUpdate(undefined, object, writeOf(call, kind, this.clock));
    this.admission.validate({ ...request, object }, call.warnings);
    return this.store.create(kind.resource, object, { dryRun });
  }

  private async update(call: ResourceCall, kind: ResourceKind): Promise<void> {
    const { info } = call;
    const as = negotiate(header(call.raw, 'accept'), call.query, info.version);
    const body = decodeBody(await readBody(call.raw), header(call.raw, 'content-type'), kind.kind);
    const next = decodeObject(kind, body, {
      version: info.version,
      namespace: kind.namespaced ? info.namespace : undefined,
      name: info.name,
    });
    const previous = this.find(call, kind);
    if (kind.custom && !next.metadata.resourceVersion)
      throw invalid(kind, info.name as string, [
        {
          reason: 'FieldValueInvalid',
          message: 'Invalid value: 0x0: must be specified for an update',
          field: 'metadata.resourceVersion',
        },
      ]);
    const object = this.replace(call, kind, previous, next);
    sendJson(call, 200, renderObject(kind, object, as, this.clock.now()), as.yaml);
  }

  private replace(
    call: ResourceCall,
    kind: ResourceKind,
    previous: KubeObject,
    next: NewObject,
    applied = false,
  ): KubeObject {
    const dryRun = isDryRun(call.query);
    const subresource = call.info.subresource === 'status' ? 'status' : undefined;
    const fields = next.metadata.managedFields;
    const draft =
      subresource === 'status'
        ? ({ ...mutableCopy(previous), status: next.status } as NewObject)
        : { ...next, ...(kind.hasStatus ? { status: mutableCopy(previous.status) } : {}) };
    if (subresource === 'status') draft.metadata.resourceVersion = next.metadata.resourceVersion;
    if (draft.status === undefined) delete draft.status;
    const request: AdmissionRequest = {
      operation: 'UPDATE',
      resource: kind.resource,
      subresource,
      namespace: previous.metadata.namespace,
      name: previous.metadata.name,
      user: call.user,
      dryRun,
      object: draft,
      oldObject: previous,
    };
    const object = this.admission.mutate(request, call.warnings) as KubeObject;
    const asked = object.metadata.resourceVersion;
    if (asked && asked !== previous.metadata.resourceVersion) throw modified(kind, previous.metadata.name);
    validateMetadata(kind, object.metadata);
    object.metadata.managedFields = applied
      ? fields
      : afterUpdate(previous, object, writeOf(call, kind, this.clock));
    this.admission.validate({ ...request, object }, call.warnings);
    return this.store.update(kind.resource, object, subresource, { dryRun });
  }

  private async patch(call: ResourceCall, kind: ResourceKind): Promise<void> {
    const { info } = call;
    const as = negotiate(header(call.raw, 'accept'), call.query, info.version);
    const type = mediaType(header(call.raw, 'content-type'));
    checkPatchType(kind, type);
    const text = (await readBody(call.raw)).toString('utf8');
    if (type === APPLY_PATCH) {
      const { object, created } = this.apply(call, kind, text);
      return sendJson(call, created ? 201 : 200, renderObject(kind, object, as, this.clock.now()), as.yaml);
    }
    for (let attempt = 0; ; attempt++) {
      const previous = this.find(call, kind);
      const shown = { ...previous, apiVersion: groupVersion(kind.group, info.version) };
      const patched = applyPatch(type, shown, text);
      const next = decodeObject(kind, patched, {
        version: info.version,
        namespace: previous.metadata.namespace,
        name: previous.metadata.name,
      });
      try {
        const object = this.replace(call, kind, previous, next);
        return sendJson(call, 200, renderObject(kind, object, as, this.clock.now()), as.yaml);
      } catch (error) {
        const ours = next.metadata.resourceVersion === previous.metadata.resourceVersion;
        const raced = error instanceof StatusError && error.reason === 'Conflict' && ours;
        if (!raced || attempt >= CONFLICT_RETRIES) throw error;
      }
    }
  }

  private apply(
    call: ResourceCall,
    kind: ResourceKind,
    text: string,
  ): { object: KubeObject; created: boolean } {
    const { info, query } = call;
    if (!query.get('fieldManager'))
      throw new StatusError(
        422,
        'Invalid',
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
        {
          group: 'meta.k8s.io',
          kind: 'PatchOptions',
          causes: [
            {
              reason: 'FieldValueRequired',
              message: 'Required value: is required for apply patch',
              field: 'fieldManager',
            },
          ],
        },
      );
    const body = decodeBody(Buffer.from(text), 'application/yaml', kind.kind);
    const config = decodeObject(kind, body, {
      version: info.version,
      namespace: kind.namespaced ? info.namespace : undefined,
      name: info.name,
    });
    if (config.metadata.managedFields?.length) throw badRequest('metadata.managedFields must be nil');
    const live = this.store.get(
      kind.resource,
      kind.namespaced ? info.namespace : undefined,
      info.name as string,
    );
    if (!live && info.subresource) throw notFound(kind, info.name as string);
    const write = { ...writeOf(call, kind, this.clock), operation: 'Apply' as const };
    const next = applyConfiguration(kind, live, config, write, booleanOf(query, 'force'));
    if (!live) return { object: this.createObject(call, kind, next), created: true };
    const asked = config.metadata.resourceVersion;
    if (asked && asked !== live.metadata.resourceVersion) throw modified(kind, live.metadata.name);
    return { object: this.replace(call, kind, live, next, true), created: false };
  }

  private async delete(call: ResourceCall, kind: ResourceKind): Promise<void> {
    const as = negotiate(header(call.raw, 'accept'), call.query, call.info.version);
    const options = await readDeleteOptions(call);
    const object = this.find(call, kind);
    this.admitDelete(call, kind, object, options.dryRun);
    const deleted = this.store.delete(
      kind.resource,
      object.metadata.namespace,
      object.metadata.name,
      options,
    );
    const gone = !this.store.get(kind.resource, object.metadata.namespace, object.metadata.name);
    if (!gone || !kind.custom)
      return sendJson(call, 200, renderObject(kind, deleted, as, this.clock.now()), as.yaml);
    sendJson(
      call,
      200,
      JSON.stringify({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: {
          name: object.metadata.name,
          ...(kind.group ? { group: kind.group } : {}),
          kind: kind.plural,
          uid: object.metadata.uid,
        },
      }),
    );
  }

  private admitDelete(call: ResourceCall, kind: ResourceKind, object: KubeObject, dryRun: boolean): void {
    const request: AdmissionRequest = {
      operation: 'DELETE',
      resource: kind.resource,
      namespace: object.metadata.namespace,
      name: object.metadata.name,
      user: call.user,
      dryRun,
      oldObject: object,
    };
    this.admission.validate(request, call.warnings);
  }

  private async deleteCollection(call: ResourceCall, kind: ResourceKind): Promise<void> {
    const as = negotiate(header(call.raw, 'accept'), call.query, call.info.version);
    const options = await readDeleteOptions(call);
    const page = listPage(this.store, kind, call.info.namespace, call.query, call.info.name);
    for (const object of page.objects) {
      // A dependant may have gone with its owner earlier in this very loop.
      if (!this.store.get(kind.resource, object.metadata.namespace, object.metadata.name)) continue;
      this.admitDelete(call, kind, object, options.dryRun);
      this.store.delete(kind.resource, object.metadata.namespace, object.metadata.name, options);
    }
    sendJson(call, 200, renderList(kind, page.objects, page.metadata, as, this.clock.now()), as.yaml);
  }
}
