import { setTimeout as sleep } from 'node:timers/promises';
import { KubeApiPeer } from '../../../test/contract/kube-api-peer.js';
import type { KubeObject } from '../../kubevirt-types/kube-object.js';
import { ApiDiscovery } from './api-discovery.js';
import type { CacheEvent, Keyed, ResourceCache, ViewDefinition } from './cluster-cache.js';
import { ClusterCredentials } from './cluster-credentials.js';
import type { ClusterLogger } from './cluster-logger.js';
import { SILENT_LOGGER } from './cluster-logger.js';
import { ClusterTransport } from './cluster-transport.js';
import { VIRTUAL_MACHINE, VIRTUAL_MACHINE_CLONE } from './kinds.js';
import { ReflectingClusterCache } from './reflecting-cluster-cache.js';
import type { ReflectorOptions } from './reflector.js';
import { WatchApi } from './watch-api.js';

interface View extends Keyed {
  state: string;
  hasManagedFields: boolean;
  kind: string;
}

const VMS = 'virtualmachines';

const definition = (more: Partial<ViewDefinition<View>> = {}): ViewDefinition<View> => ({
  kind: VIRTUAL_MACHINE,
  project: (object: KubeObject) => ({
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
    uid: object.metadata.uid ?? '',
    resourceVersion: object.metadata.resourceVersion ?? '',
    state: (object.status as { state?: string } | undefined)?.state ?? 'none',
    hasManagedFields: 'managedFields' in object.metadata,
    kind: object.kind,
  }),
  indexes: { state: (view) => [view.state] },
  ...more,
});

const vm = (name: string, state = 'Stopped', namespace = 'team-a') => ({
  metadata: { namespace, name },
  status: { state },
});

describe('reflector and cache', () => {
  let peer: KubeApiPeer;
  let transport: ClusterTransport;
  let cluster: ReflectingClusterCache;
  let told: string[];

  const begin = (options: Partial<ReflectorOptions> = {}, logger: ClusterLogger = SILENT_LOGGER) => {
    transport = new ClusterTransport(new ClusterCredentials({ kubeconfig: peer.kubeconfig }), {
      answerTimeout: 2_000,
    });
    told = [];
    cluster = new ReflectingClusterCache(new WatchApi(transport, new ApiDiscovery(transport, 50)), logger, {
      onEvent: (_plural, event) => void told.push(event),
      ...options,
    });
  };
  const names = (cache: ResourceCache<View>) => [...cache.all()].map((view) => view.name);
  const until = async (condition: () => boolean) => {
    for (let waited = 0; !condition(); waited += 10) {
      if (waited > 10_000) throw new Error('It did not happen within ten seconds.');
      await sleep(10);
    }
  };

  beforeEach(async () => {
    peer = await KubeApiPeer.start();
  });

  afterEach(async () => {
    await cluster?.stop();
    await transport?.close();
    await peer.end();
  });

  it('lists in pages, then follows changes, without managedFields and with the kind', async () => {
    for (let index = 0; index < 25; index += 1) peer.put(VMS, vm(`vm-${String(index).padStart(2, '0')}`));
    begin({ pageSize: 10 });
    const cache = cluster.define(definition());
    expect(cache.synced).toBe(false);
    cluster.start();
    await cluster.whenSynced();
    expect(names(cache)).toHaveLength(25);
    expect(
      peer.seen.filter(({ query }) => query.has('limit')).map(({ query }) => query.get('limit')),
    ).toEqual(['10', '10', '10']);
    await until(() => peer.watching === 1);
    peer.put(VMS, vm('vm-00', 'Running'));
    peer.put(VMS, vm('another', 'Running', 'team-b'));
    peer.remove(VMS, 'team-a', 'vm-01');
    await until(() => cache.get('team-a', 'vm-01') === undefined);
    expect(cache.by('state', 'Running').map((view) => `${view.namespace}/${view.name}`)).toEqual([
      'team-a/vm-00',
      'team-b/another',
    ]);
    expect(cache.inNamespace('team-a')).toHaveLength(24);
    expect([...cache.all()].some((view) => view.hasManagedFields)).toBe(false);
    expect(cache.staleness()).toBeLessThan(10_000);
  });

  it('asks for bookmarks and a limited time, and goes on from the last bookmark', async () => {
    peer.put(VMS, vm('one'));
    begin();
    const cache = cluster.define(definition());
    cluster.start();
    await until(() => peer.watching === 1);
    const first = peer.seen.find(({ query }) => query.has('watch'))!;
    expect(first.query.get('allowWatchBookmarks')).toBe('true');
    expect(Number(first.query.get('timeoutSeconds'))).toBeGreaterThanOrEqual(300);
    expect(Number(first.query.get('timeoutSeconds'))).toBeLessThanOrEqual(600);
    // Changes of another kind move the revision on; the bookmark tells it; then older history is thrown away.
    peer.put('other', { metadata: { name: 'x' } });
    peer.bookmark(VMS);
    await until(() => told.includes('bookmark'));
    peer.compact();
    peer.dropWatches();
    await until(() => peer.watching === 1);
    peer.put(VMS, vm('two'));
    await until(() => names(cache).includes('two'));
    expect(told.filter((event) => event === 'list')).toHaveLength(1);
    expect(told).not.toContain('expired');
  });

  it('lists again after 410, and tells what was deleted and changed meanwhile, once', async () => {
    peer.put(VMS, vm('stays'));
    peer.put(VMS, vm('changes'));
    peer.put(VMS, vm('goes'));
    begin();
    const cache = cluster.define(definition());
    cluster.start();
    await until(() => peer.watching === 1);
    const events: string[] = [];
    cache.onChange(({ type, view, previous }: CacheEvent<View>) => {
      events.push(`${type} ${view.name} ${previous?.state ?? '-'}`);
    });
    // The history goes before the watch is back, so that it never hears the changes.
    peer.intercept = ({ query }) => (query.has('watch') ? { status: 503, body: '' } : null);
    peer.dropWatches();
    peer.remove(VMS, 'team-a', 'goes');
    peer.put(VMS, vm('changes', 'Running'));
    peer.put(VMS, vm('comes'));
    peer.compact();
    peer.intercept = () => null;
    await until(() => told.filter((event) => event === 'list').length === 2);
    expect(told).toContain('expired');
    expect(events.sort()).toEqual(['delete goes Stopped', 'set changes Stopped', 'set comes -']);
    expect(names(cache)).toEqual(['changes', 'comes', 'stays']);
    expect(cache.synced).toBe(true);
  });

  it('recovers soon after the server was killed and came back', async () => {
    peer.put(VMS, vm('one'));
    begin();
    const cache = cluster.define(definition());
    cluster.start();
    await until(() => peer.watching === 1);
    await peer.die();
    await sleep(2_500);
    expect(names(cache)).toEqual(['one']);
    await peer.listen();
    peer.put(VMS, vm('two'));
    await until(() => names(cache).includes('two'));
    expect(told.filter((event) => event === 'list')).toHaveLength(1);
  });

  it('waits for a server that is not there yet', async () => {
    await peer.die();
    begin();
    const cache = cluster.define(definition());
    cluster.start();
    await sleep(500);
    expect(cluster.synced).toBe(false);
    expect(cache.staleness()).toBe(Number.POSITIVE_INFINITY);
    await peer.listen();
    await cluster.whenSynced();
  });

  it('opens a watch again that has gone silent', async () => {
    begin({ idleTimeout: 300 });
    const cache = cluster.define(definition());
    cluster.start();
    await until(() => told.filter((event) => event === 'watch').length >= 2);
    peer.put(VMS, vm('late'));
    await until(() => names(cache).includes('late'));
  });

  it('survives garbage, server errors and a list whose pages grow too old', async () => {
    for (let index = 0; index < 5; index += 1) peer.put(VMS, vm(`vm-${index}`));
    let failures = 3;
    let compacted = false;
    begin({ pageSize: 2 });
    peer.intercept = ({ query, path }) => {
      if (!path.endsWith(VMS)) return null;
      if (query.has('watch') && failures-- > 0) {
        return failures === 1
          ? { status: 200, body: '{"type":\n' }
          : { status: 500, body: 'oops', type: 'text/plain' };
      }
      if (query.has('continue') && !compacted) {
        compacted = true;
        peer.put(VMS, vm('extra'));
        peer.compact();
      }
      return null;
    };
    const cache = cluster.define(definition());
    cluster.start();
    await cluster.whenSynced();
    expect(names(cache)).toHaveLength(6);
    await until(() => peer.watching === 1);
    peer.put(VMS, vm('after'));
    await until(() => names(cache).includes('after'));
    expect(failures).toBeLessThan(0);
  });

  it('takes a kind that the cluster lacks for empty, and finds it when it comes', async () => {
    begin({ absentRetry: 100 });
    const cache = cluster.define(definition({ kind: VIRTUAL_MACHINE_CLONE, optional: true }));
    cluster.start();
    await cluster.whenSynced();
    expect(names(cache)).toEqual([]);
    peer.groups = { ...peer.groups, 'clone.kubevirt.io': ['v1alpha1'] };
    peer.put('virtualmachineclones', vm('clone-1'));
    await until(() => names(cache).includes('clone-1'));
    expect(peer.seen.at(-1)?.path).toContain('/apis/clone.kubevirt.io/v1alpha1/');
  });

  it('does not take a required kind that is missing for empty', async () => {
    begin();
    cluster.define(definition({ kind: VIRTUAL_MACHINE_CLONE }));
    cluster.start();
    await until(() => told.includes('error'));
    expect(cluster.synced).toBe(false);
  });

  it('goes on when a listener, a projection or an index throws, and says so', async () => {
    const logged: string[] = [];
    begin({}, { ...SILENT_LOGGER, error: (_fields, message) => void logged.push(message) });
    const base = definition();
    const cache = cluster.define(
      definition({
        project: (object) => {
          if (object.metadata.name === 'poison') throw new Error('cannot read');
          return base.project(object);
        },
      }),
    );
    const heard: string[] = [];
    cache.onChange(() => {
      throw new Error('listener');
    });
    cache.onChange(({ view }) => void heard.push(view.name));
    peer.put(VMS, vm('poison'));
    peer.put(VMS, vm('sound'));
    cluster.start();
    await cluster.whenSynced();
    expect(heard).toEqual(['sound']);
    expect(logged).toEqual(expect.arrayContaining(['A listener of the cluster cache failed']));
    expect(logged).toHaveLength(2);
  });

  it('shares one watch between definitions of a kind, and gives one cache per definition', async () => {
    begin();
    const definitions = [definition(), definition()];
    const caches = definitions.map((each) => cluster.define(each));
    expect(cluster.define(definitions[0]!)).toBe(caches[0]);
    expect(caches[0]).not.toBe(caches[1]);
    cluster.start();
    await until(() => peer.watching === 1);
    peer.put(VMS, vm('one'));
    await until(() => caches.every((cache) => names(cache).length === 1));
    expect(peer.watching).toBe(1);
  });
});
