import type { Untyped } from '../store/kube-object.js';
import { RunningServer, virtualMachine } from './testing/running-server.js';

const VMS = '/apis/kubevirt.io/v1/namespaces/default/virtualmachines';
const told = (events: Untyped[]) =>
  events.map((event) => `${event.type} ${event.object.metadata.name ?? ''}`);

describe('watches', () => {
  let running: RunningServer;
  const create = (name: string, labels: Record<string, string> = {}) =>
    running.store.create(
      'virtualmachines.kubevirt.io',
      virtualMachine(name, { metadata: { namespace: 'default', labels } }),
    );
  const relabel = (name: string, labels: Record<string, string>) => {
    const vm = running.store.get('virtualmachines.kubevirt.io', 'default', name)!;
    running.store.update('virtualmachines.kubevirt.io', { ...vm, metadata: { ...vm.metadata, labels } });
  };

  beforeEach(async () => {
    running = await RunningServer.start();
  });
  afterEach(() => running.stopAndRemove());

  it('resume after the revision that is given, missing nothing', async () => {
    create('a');
    const from = running.store.revision;
    create('b');
    running.store.delete('virtualmachines.kubevirt.io', 'default', 'a');
    const watching = running.watch(`${VMS}?watch=true&resourceVersion=${from}`, (seen) => seen.length === 3);
    create('c');
    const events = await watching;
    expect(told(events)).toEqual(['ADDED b', 'DELETED a', 'ADDED c']);
    const revisions = events.map((event) => Number(event.object.metadata.resourceVersion));
    expect(revisions).toEqual([from + 1, from + 2, from + 3]);
  });

  it('tell 410 Expired for a compacted revision and for one of the future', async () => {
    const from = running.store.revision;
    create('a');
    running.store.compact();
    for (const revision of [from, running.store.revision + 100]) {
      const [event] = await running.watch(`${VMS}?watch=true&resourceVersion=${revision}`, () => true);
      expect(event).toMatchObject({
        type: 'ERROR',
        object: { kind: 'Status', code: 410, reason: 'Expired' },
      });
    }
  });

  it('start with the present state, and end it with a bookmark when asked', async () => {
    create('a');
    create('b');
    const events = await running.watch(
      `${VMS}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
      (seen) => seen.some((event) => event.type === 'BOOKMARK'),
    );
    expect(told(events)).toEqual(['ADDED a', 'ADDED b', 'BOOKMARK ']);
    expect(events[2].object).toMatchObject({
      kind: 'VirtualMachine',
      metadata: {
        resourceVersion: String(running.store.revision),
        annotations: { 'k8s.io/initial-events-end': 'true' },
      },
    });
  });

  it('see objects come into and go out of a selector', async () => {
    create('a', { tier: 'web' });
    const from = running.store.revision;
    const watching = running.watch(
      `${VMS}?watch=true&resourceVersion=${from}&labelSelector=tier%3Dweb`,
      (seen) => seen.length === 3,
    );
    relabel('a', { tier: 'db' });
    create('b', { tier: 'db' });
    relabel('b', { tier: 'web' });
    relabel('b', { tier: 'web', more: 'yes' });
    expect(told(await watching)).toEqual(['DELETED a', 'ADDED b', 'MODIFIED b']);
  });

  it('see only their own namespace and name', async () => {
    running.store.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
    const from = running.store.revision;
    const watching = running.watch(
      `${VMS}/b?watch=true&resourceVersion=${from}`,
      (seen) => seen.length === 1,
    );
    create('a');
    running.store.create(
      'virtualmachines.kubevirt.io',
      virtualMachine('b', { metadata: { namespace: 'other' } }),
    );
    create('b');
    const [event] = await watching;
    expect(event.object.metadata).toMatchObject({ name: 'b', namespace: 'default' });
  });

  it('end at their timeout with a bookmark of where they got to', async () => {
    const events = await running.watch(
      `${VMS}?watch=true&resourceVersion=${running.store.revision}&timeoutSeconds=1&allowWatchBookmarks=true`,
      () => false,
    );
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: 'BOOKMARK',
      object: { metadata: { resourceVersion: String(running.store.revision) } },
    });
  });

  it('speak the version and the form that the client asked for', async () => {
    create('a');
    const [old] = await running.watch(`${VMS.replace('/v1/', '/v1alpha3/')}?watch=true`, () => true);
    expect(old.object.apiVersion).toBe('kubevirt.io/v1alpha3');
    const [partial] = await running.watch(`${VMS}?watch=true`, () => true, {
      accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
    });
    expect(partial.object).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' });
    expect(partial.object.spec).toBeUndefined();
  });

  it('are dropped, slowed and refused on demand', async () => {
    const watching = running.watch(`${VMS}?watch=true`, () => false);
    create('a');
    await new Promise((resolve) => setTimeout(resolve, 100));
    await running.call('POST', '/sandbox/faults', {
      body: {
        dropWatches: 'virtualmachines.kubevirt.io',
        rules: [
          {
            resource: 'virtualmachines.kubevirt.io',
            verb: 'list',
            code: 429,
            retryAfterSeconds: 2,
            times: 1,
          },
        ],
      },
    });
    expect(told(await watching)).toEqual(['ADDED a']);
    const refused = await running.call('GET', VMS);
    expect([refused.code, refused.body.reason, refused.headers['retry-after']]).toEqual([
      429,
      'TooManyRequests',
      '2',
    ]);
    expect((await running.call('GET', VMS)).code).toBe(200);
    const stranger = await running.call('POST', '/sandbox/faults', {
      token: running.tokenOf('alice'),
      body: {},
    });
    expect(stranger.code).toBe(403);
  });
});
