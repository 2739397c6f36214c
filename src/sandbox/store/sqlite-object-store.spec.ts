import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject, NewObject, Untyped } from './kube-object.js';
import type { StoreEvent } from './object-store.js';
import { createObjectStore, type SqliteObjectStore } from './sqlite-object-store.js';
import { StatusError } from './status-error.js';

const VMS = 'virtualmachines.kubevirt.io';
const VMIS = 'virtualmachineinstances.kubevirt.io';

describe('the object store', () => {
  let directory: string;
  let store: SqliteObjectStore;
  let events: StoreEvent[];
  let now = new Date('2026-01-01T00:00:00.500Z');

  const open = () => {
    store = createObjectStore({ directory, clock: { now: () => now } });
    events = [];
    store.subscribe((event) => events.push(event));
  };
  const reopen = () => {
    store.close();
    open();
  };
  const make = (resource: string, name: string, more: Untyped = {}): KubeObject =>
    store.create(resource, {
      apiVersion: '',
      kind: '',
      ...more,
      metadata: { namespace: 'team-a', name, ...more.metadata },
    } as NewObject);
  const owner = (object: KubeObject, more: Untyped = {}) => ({
    apiVersion: object.apiVersion,
    kind: object.kind,
    name: object.metadata.name,
    uid: object.metadata.uid,
    ...more,
  });
  const refusal = (action: () => unknown): StatusError => {
    try {
      action();
    } catch (error) {
      if (error instanceof StatusError) return error;
      throw error;
    }
    throw new Error('was not refused');
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'object-store-'));
    now = new Date('2026-01-01T00:00:00.500Z');
    open();
    make('namespaces', 'team-a');
    events = [];
  });
  afterEach(() => {
    store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  describe('create', () => {
    it('gives uid, revision, time to the second and generation 1, and freezes', () => {
      const before = store.revision;
      const vm = make(VMS, 'one', { spec: { runStrategy: 'Halted' } });
      expect(vm.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
      expect(vm.metadata.resourceVersion).toBe(String(before + 1));
      expect(vm.metadata.creationTimestamp).toBe('2026-01-01T00:00:00Z');
      expect(vm.metadata.generation).toBe(1);
      expect([vm.apiVersion, vm.kind]).toEqual(['kubevirt.io/v1', 'VirtualMachine']);
      expect(() => {
        vm.spec.runStrategy = 'Always';
      }).toThrow(TypeError);
    });

    it('keeps no generation for kinds that have none', () => {
      expect(make('pods', 'p').metadata.generation).toBeUndefined();
    });

    it('refuses a second of the same name', () => {
      make(VMS, 'one');
      expect(refusal(() => make(VMS, 'one'))).toMatchObject({
        code: 409,
        reason: 'AlreadyExists',
        message: 'virtualmachines.kubevirt.io "one" already exists',
      });
    });

    it('draws a name from generateName', () => {
      const pod = make('pods', '', { metadata: { name: undefined, generateName: 'virt-launcher-' } });
      expect(pod.metadata.name).toMatch(/^virt-launcher-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    });

    it('refuses a missing namespace and a terminating one', () => {
      expect(refusal(() => make(VMS, 'x', { metadata: { namespace: 'nope' } }))).toMatchObject({
        code: 404,
        message: 'namespaces "nope" not found',
      });
      make(VMS, 'held', { metadata: { finalizers: ['test/hold'] } });
      store.delete('namespaces', undefined, 'team-a');
      const error = refusal(() => make(VMS, 'late'));
      expect(error.code).toBe(403);
      expect(error.details?.causes?.[0]?.reason).toBe('NamespaceTerminating');
    });

    it('validates labels', () => {
      const error = refusal(() => make(VMS, 'x', { metadata: { labels: { app: 'not valid' } } }));
      expect([error.code, error.details?.causes?.[0]?.field]).toEqual([422, 'metadata.labels']);
    });

    it('asks guards, whoever creates', () => {
      const stop = store.guardCreates(() => {
        throw new StatusError(403, 'Forbidden', 'no');
      });
      expect(refusal(() => make(VMS, 'x')).code).toBe(403);
      stop();
      make(VMS, 'x');
    });

    it('keeps and tells nothing of a dry run', () => {
      const before = store.revision;
      const vm = store.create(
        VMS,
        { apiVersion: '', kind: '', metadata: { name: 'x', namespace: 'team-a' } },
        { dryRun: true },
      );
      expect(vm.metadata.uid).toBeDefined();
      expect([store.revision, store.get(VMS, 'team-a', 'x'), events.length]).toEqual([before, undefined, 0]);
    });
  });

  describe('update', () => {
    it('counts generation with the spec, not with labels or status', () => {
      const vm = make(VMS, 'one', { spec: { runStrategy: 'Halted' } });
      const labelled = store.update(VMS, { ...vm, metadata: { ...vm.metadata, labels: { a: 'b' } } });
      expect(labelled.metadata.generation).toBe(1);
      const told = store.update(VMS, { ...labelled, status: { ready: true } }, 'status');
      expect([told.metadata.generation, told.status]).toEqual([1, { ready: true }]);
      const changed = store.update(VMS, { ...told, spec: { runStrategy: 'Always' }, status: {} });
      expect([changed.metadata.generation, changed.status]).toEqual([2, { ready: true }]);
    });

    it('counts the status of a kind without status subresource as spec', () => {
      const vmi = make(VMIS, 'one', { spec: {} });
      expect(store.update(VMIS, { ...vmi, status: { phase: 'Pending' } }).metadata.generation).toBe(2);
    });

    it('refuses a stale revision and leaves an equal object alone', () => {
      const vm = make(VMS, 'one', { spec: { a: 1, b: 2 } });
      const next = store.update(VMS, { ...vm, spec: { a: 2, b: 2 } });
      expect(refusal(() => store.update(VMS, { ...vm, spec: {} }))).toMatchObject({
        code: 409,
        reason: 'Conflict',
      });
      expect(store.update(VMS, { ...next, spec: { b: 2, a: 2 } })).toBe(next);
    });

    it('ends a deleted object with its last finalizer, and takes no new one', () => {
      make(VMS, 'one', { metadata: { finalizers: ['test/hold'] } });
      const marked = store.delete(VMS, 'team-a', 'one');
      expect(marked.metadata.deletionTimestamp).toBe('2026-01-01T00:00:00Z');
      const more = { ...marked.metadata, finalizers: ['test/hold', 'test/more'] };
      expect(refusal(() => store.update(VMS, { ...marked, metadata: more })).code).toBe(422);
      store.update(VMS, { ...marked, metadata: { ...marked.metadata, finalizers: [] } });
      expect(store.get(VMS, 'team-a', 'one')).toBeUndefined();
      expect(events.at(-1)).toMatchObject({ type: 'DELETED', revision: store.revision });
    });
  });

  describe('garbage collection', () => {
    it('deletes dependants in the background, through every generation', () => {
      const vm = make(VMS, 'one');
      const vmi = make(VMIS, 'one', { metadata: { ownerReferences: [owner(vm)] } });
      make('pods', 'launcher', { metadata: { ownerReferences: [owner(vmi)] } });
      store.delete(VMS, 'team-a', 'one');
      expect(store.get(VMIS, 'team-a', 'one')).toBeUndefined();
      expect(store.get('pods', 'team-a', 'launcher')).toBeUndefined();
      expect(events.filter((event) => event.type === 'DELETED').map((event) => event.resource)).toEqual([
        VMS,
        VMIS,
        'pods',
      ]);
    });

    it('keeps a dependant that has another owner', () => {
      const [one, two] = [make(VMS, 'one'), make(VMS, 'two')];
      make('pods', 'p', { metadata: { ownerReferences: [owner(one), owner(two)] } });
      store.delete(VMS, 'team-a', 'one');
      expect(store.get('pods', 'team-a', 'p')?.metadata.ownerReferences).toEqual([owner(two)]);
    });

    it('lets dependants outlive an owner that orphans them', () => {
      const vm = make(VMS, 'one');
      make('pods', 'p', { metadata: { ownerReferences: [owner(vm)] } });
      store.delete(VMS, 'team-a', 'one', { propagation: 'Orphan' });
      expect(store.get('pods', 'team-a', 'p')?.metadata.ownerReferences).toBeUndefined();
    });

    it('in the foreground, waits for dependants that block', () => {
      const vm = make(VMS, 'one');
      make(VMIS, 'one', {
        metadata: {
          finalizers: ['test/hold'],
          ownerReferences: [owner(vm, { blockOwnerDeletion: true })],
        },
      });
      store.delete(VMS, 'team-a', 'one', { propagation: 'Foreground' });
      expect(store.get(VMS, 'team-a', 'one')?.metadata.finalizers).toEqual(['foregroundDeletion']);
      const vmi = store.get(VMIS, 'team-a', 'one') as KubeObject;
      expect(vmi.metadata.deletionTimestamp).toBeDefined();
      store.update(VMIS, { ...vmi, metadata: { ...vmi.metadata, finalizers: [] } });
      expect(store.get(VMS, 'team-a', 'one')).toBeUndefined();
    });

    it('collects what names an owner that never was', () => {
      const vm = make(VMS, 'one');
      make('pods', 'p', { metadata: { ownerReferences: [owner(vm, { uid: 'gone' })] } });
      expect(store.get('pods', 'team-a', 'p')).toBeUndefined();
    });
  });

  describe('namespaces', () => {
    it('are emptied, wait for finalizers, then go', () => {
      make('configmaps', 'map');
      const vm = make(VMS, 'one', { metadata: { finalizers: ['test/hold'] } });
      const namespace = store.delete('namespaces', undefined, 'team-a');
      expect(namespace.status.phase).toBe('Terminating');
      expect(store.get('configmaps', 'team-a', 'map')).toBeUndefined();
      const marked = store.get(VMS, 'team-a', 'one') as KubeObject;
      expect(marked.metadata.uid).toBe(vm.metadata.uid);
      store.update(VMS, { ...marked, metadata: { ...marked.metadata, finalizers: [] } });
      expect(store.get('namespaces', undefined, 'team-a')).toBeUndefined();
    });
  });

  describe('events', () => {
    it('come in order of revision, also when a listener writes in turn', () => {
      store.subscribe((event) => {
        if (event.type === 'ADDED' && event.resource === VMS)
          make('configmaps', `of-${event.object.metadata.name}`);
      });
      const seen: number[] = [];
      store.subscribe((event) => seen.push(event.revision));
      make(VMS, 'one');
      make(VMS, 'two');
      expect(seen).toHaveLength(4);
      expect(seen).toEqual([...seen].sort((left, right) => left - right));
    });

    it('are there to resume from, until compacted', () => {
      const from = store.revision;
      make(VMS, 'one');
      make(VMS, 'two');
      expect(store.changesSince(from)?.map((event) => event.object.metadata.name)).toEqual(['one', 'two']);
      expect(store.changesSince(store.revision)).toEqual([]);
      store.compact();
      expect(store.changesSince(from)).toBeUndefined();
      expect(store.changesSince(store.revision)).toEqual([]);
    });
  });

  describe('after a restart', () => {
    it('has every object and the revision; older watches are gone', () => {
      const vm = make(VMS, 'one', { spec: { runStrategy: 'Always' } });
      make(VMS, 'two');
      store.delete(VMS, 'team-a', 'two');
      const revision = store.revision;
      reopen();
      expect(store.revision).toBe(revision);
      expect(store.get(VMS, 'team-a', 'one')).toEqual(vm);
      expect(store.get(VMS, 'team-a', 'two')).toBeUndefined();
      expect(store.changesSince(revision - 1)).toBeUndefined();
      expect(Number(make(VMS, 'three').metadata.resourceVersion)).toBe(revision + 1);
    });

    it('belongs to one process at a time', () => {
      make(VMS, 'one');
      expect(() => createObjectStore({ directory, lockTimeout: 50 })).toThrow('is in use by another process');
    });

    it('lists in order of namespace and name', () => {
      make('namespaces', 'a-team');
      for (const name of ['b', 'a-b', 'a']) make(VMS, name);
      make(VMS, 'z', { metadata: { namespace: 'a-team' } });
      reopen();
      const names = store.list(VMS).map((vm) => `${vm.metadata.namespace}/${vm.metadata.name}`);
      expect(names).toEqual(['a-team/z', 'team-a/a', 'team-a/a-b', 'team-a/b']);
    });
  });
});
