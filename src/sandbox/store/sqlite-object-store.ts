import { randomUUID } from 'node:crypto';
import { Consequences } from './consequences.js';
import { frozenCopy, mutableCopy, sameJson } from './frozen-copy.js';
import { FOREGROUND_FINALIZER, GarbageCollector } from './garbage-collector.js';
import type { KubeObject, NewObject } from './kube-object.js';
import { nameFrom, validateMetadata } from './metadata-rules.js';
import { admitToNamespace, dressNamespace, endNamespace, isTerminating } from './namespace-lifecycle.js';
import {
  generationGrows,
  grantGrace,
  mayGo,
  refuseNewFinalizers,
  withoutStatusChange,
  withStatus,
} from './object-changes.js';
import { ObjectFile } from './object-file.js';
import { type Located, ObjectIndex } from './object-index.js';
import type { DeleteOptions, ObjectStore, ResourceName, StoreEvent, WriteOptions } from './object-store.js';
import { alreadyExists, conflict, modified, notFound } from './refusals.js';
import { groupVersion, type ResourceKind, type ResourceKinds } from './resource-kind.js';
import { servedKinds } from './served-kinds.js';
import { WatchLog } from './watch-log.js';

export interface ObjectStoreOptions {
  /** Where `objects.sqlite` lives; made if missing. */
  directory: string;
  clock?: { now(): Date };
  kinds?: ResourceKinds;
  /** How many changes a watch may lag behind before it must list again. */
  watchLogLimit?: number;
  /** Milliseconds to wait for a former owner of the directory to end; 5000 unless said. */
  lockTimeout?: number;
}

/** Refuses (by throwing) what may not come into being: resource quotas, for one. */
export type CreateGuard = (resource: ResourceName, object: KubeObject) => void;

const ATTEMPTS_AT_A_NAME = 8;
const ORPHAN_FINALIZER = 'orphan';

export class SqliteObjectStore implements ObjectStore {
  readonly kinds: ResourceKinds;
  private readonly clock: { now(): Date };
  private readonly file: ObjectFile;
  private readonly index = new ObjectIndex();
  private readonly collector: GarbageCollector;
  private readonly log: WatchLog;
  private readonly consequences = new Consequences();
  private readonly guards = new Set<CreateGuard>();
  private current: number;

  constructor(options: ObjectStoreOptions) {
    this.kinds = options.kinds ?? servedKinds;
    this.clock = options.clock ?? { now: () => new Date() };
    this.file = new ObjectFile(options.directory, options.lockTimeout);
    const { revision, objects } = this.file.load();
    this.current = revision;
    this.log = new WatchLog(revision, options.watchLogLimit);
    for (const { resource, object } of objects) this.index.put(resource, frozenCopy(object).copy);
    this.collector = new GarbageCollector(this.kinds, this.index, {
      delete: (target, propagation) => this.deleteFound(target, { propagation }),
      replaceMetadata: (target, change) => this.replaceMetadata(target, change),
    });
    this.resumeCollection();
  }

  get revision(): number {
    return this.current;
  }

  get(resource: ResourceName, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.index.get(resource, namespace, name);
  }

  list(resource: ResourceName, namespace?: string): readonly KubeObject[] {
    return this.index.list(resource, namespace);
  }

  /** Changes after the revision, oldest first; undefined if they are compacted (410 on the wire). */
  changesSince(revision: number): readonly StoreEvent[] | undefined {
    return this.log.since(revision);
  }

  /** Forgets all changes, so that every older watch must list again. */
  compact(): void {
    this.log.compact();
  }

  /** Adds a check that every create passes, whoever asks. Returns the way to take it off again. */
  guardCreates(guard: CreateGuard): () => void {
    this.guards.add(guard);
    return () => this.guards.delete(guard);
  }

  subscribe(listener: (event: StoreEvent) => void): () => void {
    return this.consequences.subscribe(listener);
  }

  close(): void {
    this.file.close();
  }

  create(resource: ResourceName, object: NewObject, options: WriteOptions = {}): KubeObject {
    const kind = this.kinds.require(resource);
    const draft = mutableCopy(object) as KubeObject;
    const metadata = draft.metadata;
    if (!kind.namespaced) delete metadata.namespace;
    const drawName = !metadata.name && metadata.generateName ? metadata.generateName : undefined;
    for (let attempt = 0; drawName && attempt < ATTEMPTS_AT_A_NAME; attempt++) {
      metadata.name = nameFrom(drawName);
      if (!this.index.get(resource, metadata.namespace, metadata.name)) break;
    }
    validateMetadata(kind, metadata);
    admitToNamespace(kind, metadata.namespace, metadata.name, (name) =>
      this.index.get('namespaces', undefined, name),
    );
    if (this.index.get(resource, metadata.namespace, metadata.name)) {
      for (const guard of this.guards) guard(resource, draft);
      throw alreadyExists(kind, metadata.name);
    }
    for (const guard of this.guards) guard(resource, draft);
    metadata.uid = randomUUID();
    metadata.creationTimestamp = this.timestamp();
    delete metadata.deletionTimestamp;
    delete metadata.deletionGracePeriodSeconds;
    if (kind.hasGeneration) metadata.generation = 1;
    else delete metadata.generation;
    draft.apiVersion = groupVersion(kind.group, kind.versions[0] as string);
    draft.kind = kind.kind;
    if (resource === 'namespaces') dressNamespace(draft);
    return this.put(kind, 'ADDED', draft, undefined, options);
  }

  update(
    resource: ResourceName,
    object: KubeObject,
    subresource?: 'status',
    options: WriteOptions = {},
  ): KubeObject {
    const kind = this.kinds.require(resource);
    const { namespace, name, uid, resourceVersion } = object.metadata;
    const previous = this.index.get(resource, kind.namespaced ? namespace : undefined, name);
    if (!previous) throw notFound(kind, name);
    if (uid && uid !== previous.metadata.uid)
      throw conflict(
        kind,
        name,
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${previous.metadata.uid}`,
      );
    if (resourceVersion && resourceVersion !== previous.metadata.resourceVersion) throw modified(kind, name);
    const next =
      subresource === 'status' ? withStatus(previous, object) : withoutStatusChange(kind, previous, object);
    validateMetadata(kind, next.metadata);
    refuseNewFinalizers(kind, previous, next);
    return this.replace(kind, previous, next, options);
  }

  delete(
    resource: ResourceName,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions & WriteOptions = {},
  ): KubeObject {
    const kind = this.kinds.require(resource);
    const object = this.index.get(resource, kind.namespaced ? namespace : undefined, name);
    if (!object) throw notFound(kind, name);
    const { uid, resourceVersion } = options.preconditions ?? {};
    if (uid && uid !== object.metadata.uid)
      throw conflict(
        kind,
        name,
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${object.metadata.uid}`,
      );
    if (resourceVersion && resourceVersion !== object.metadata.resourceVersion)
      throw conflict(
        kind,
        name,
        `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${object.metadata.resourceVersion}`,
      );
    return this.deleteFound({ resource, object }, options);
  }

  /** Keeps the change unless there is none; ends an object that was only waiting for its last finalizer. */
  private replace(
    kind: ResourceKind,
    previous: KubeObject,
    next: KubeObject,
    options: WriteOptions = {},
  ): KubeObject {
    if (kind.hasGeneration && generationGrows(kind, previous, next))
      next.metadata.generation = (previous.metadata.generation ?? 0) + 1;
    if (next.metadata.finalizers?.length === 0) delete next.metadata.finalizers;
    if (next.metadata.ownerReferences?.length === 0) delete next.metadata.ownerReferences;
    next.metadata.resourceVersion = previous.metadata.resourceVersion;
    if (sameJson(previous, next)) return previous;
    if (next.metadata.deletionTimestamp && mayGo(kind, next)) {
      if (options.dryRun) return frozenCopy(next).copy;
      return this.remove(kind, next);
    }
    return this.put(kind, 'MODIFIED', next, previous, options);
  }

  private deleteFound(target: Located, options: DeleteOptions & WriteOptions): KubeObject {
    const kind = this.kinds.require(target.resource);
    const next = mutableCopy(target.object);
    const finalizers = new Set(next.metadata.finalizers);
    if (options.propagation === 'Foreground') finalizers.add(FOREGROUND_FINALIZER);
    const orphan = options.propagation === 'Orphan' || finalizers.delete(ORPHAN_FINALIZER);
    if (orphan && !options.dryRun) this.collector.orphanDependants(next.metadata.uid);
    next.metadata.finalizers = [...finalizers];
    if (kind.resource === 'namespaces' && !isTerminating(next)) endNamespace(next);
    if (kind.resource === 'pods') grantGrace(next, options.gracePeriodSeconds, this.clock.now());
    if (mayGo(kind, next)) {
      if (options.dryRun) return target.object;
      return this.remove(kind, next);
    }
    if (!next.metadata.deletionTimestamp) {
      next.metadata.deletionTimestamp = this.timestamp();
      next.metadata.deletionGracePeriodSeconds = kind.custom ? 0 : (options.gracePeriodSeconds ?? 0);
      if (next.metadata.generation) next.metadata.generation += 1;
    }
    next.metadata.resourceVersion = target.object.metadata.resourceVersion;
    if (next.metadata.finalizers.length === 0) delete next.metadata.finalizers;
    if (sameJson(target.object, next)) return target.object;
    const marked = this.put(kind, 'MODIFIED', next, target.object, options);
    return marked;
  }

  private put(
    kind: ResourceKind,
    type: 'ADDED' | 'MODIFIED',
    draft: KubeObject,
    previous: KubeObject | undefined,
    options: WriteOptions,
  ): KubeObject {
    if (options.dryRun) return frozenCopy(draft).copy;
    const revision = this.current + 1;
    draft.metadata.resourceVersion = String(revision);
    const { copy: object, text } = frozenCopy(draft);
    this.file.write(revision, kind.resource, object, text);
    this.current = revision;
    this.index.put(kind.resource, object);
    const { uid, ownerReferences, deletionTimestamp, name } = object.metadata;
    if (ownerReferences?.length) this.consequences.afterwards(() => this.collector.considerDependant(uid));
    if (deletionTimestamp) this.consequences.afterwards(() => this.collector.considerForegroundOwner(uid));
    if (deletionTimestamp && kind.resource === 'namespaces')
      this.consequences.afterwards(() => this.emptyNamespace(name));
    this.tell({ type, resource: kind.resource, object, previous, revision });
    return object;
  }

  private remove(kind: ResourceKind, draft: KubeObject): KubeObject {
    const revision = this.current + 1;
    draft.metadata.resourceVersion = String(revision);
    const { copy: object } = frozenCopy(draft);
    const previous = this.index.get(kind.resource, object.metadata.namespace, object.metadata.name) ?? object;
    const dependants = this.index.dependantsOf(object.metadata.uid);
    this.file.remove(revision, kind.resource, object);
    this.current = revision;
    this.index.remove(kind.resource, previous);
    for (const dependant of dependants)
      this.consequences.afterwards(() => this.collector.considerDependant(dependant.object.metadata.uid));
    for (const owner of object.metadata.ownerReferences ?? [])
      this.consequences.afterwards(() => this.collector.considerForegroundOwner(owner.uid));
    const namespace = object.metadata.namespace;
    if (namespace !== undefined && this.index.isEmpty(namespace))
      this.consequences.afterwards(() => this.emptyNamespace(namespace));
    this.tell({ type: 'DELETED', resource: kind.resource, object, previous, revision });
    return object;
  }

  private replaceMetadata(target: Located, change: (object: KubeObject) => void): void {
    const present = this.index.find(target.object.metadata.uid);
    if (!present) return;
    const next = mutableCopy(present.object);
    change(next);
    this.replace(this.kinds.require(present.resource), present.object, next);
  }

  /** Deletes what a terminating namespace still holds; ends the namespace once nothing is left. */
  private emptyNamespace(name: string): void {
    const namespace = this.index.get('namespaces', undefined, name);
    if (!namespace || !isTerminating(namespace)) return;
    for (const found of [...this.index.inNamespace(name)])
      if (!found.object.metadata.deletionTimestamp && this.index.find(found.object.metadata.uid))
        this.deleteFound(this.index.find(found.object.metadata.uid) as Located, {
          propagation: 'Background',
        });
    if (!this.index.isEmpty(name)) return;
    this.replaceMetadata({ resource: 'namespaces', object: namespace }, (object) => {
      if (object.spec) object.spec.finalizers = [];
    });
  }

  private tell(event: StoreEvent): void {
    this.log.append(event);
    this.consequences.tell(event);
  }

  /** What a kill interrupted: orphans to collect, foreground owners to end, namespaces to empty. */
  private resumeCollection(): void {
    for (const { resource, object } of [...this.index.everything()]) {
      const { uid, ownerReferences, deletionTimestamp, name } = object.metadata;
      if (ownerReferences?.length) this.consequences.afterwards(() => this.collector.considerDependant(uid));
      if (deletionTimestamp) this.consequences.afterwards(() => this.collector.considerForegroundOwner(uid));
      if (deletionTimestamp && resource === 'namespaces')
        this.consequences.afterwards(() => this.emptyNamespace(name));
    }
    this.consequences.settle();
  }

  private timestamp(): string {
    return this.clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
  }
}

/** Opens (or makes) the store in a directory; the objects and the counter of its last run are there. */
export const createObjectStore = (options: ObjectStoreOptions): SqliteObjectStore =>
  new SqliteObjectStore(options);
