import { readFile, utimes, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { WebSocketServer } from 'ws';
import { KubeApiPeer, type SeenRequest } from '../../../test/contract/kube-api-peer.js';
import { ApiDiscovery } from './api-discovery.js';
import { ClusterCredentials } from './cluster-credentials.js';
import { ClusterTransport } from './cluster-transport.js';
import { NAMESPACE, VIRTUAL_MACHINE, VIRTUAL_MACHINE_CLONE, VIRTUAL_MACHINE_EXPORT } from './kinds.js';
import { KubernetesClusterClient } from './kubernetes-cluster-client.js';

const tenant = { user: 'virtgate:user:u-1', groups: ['virtgate:project:p1:editor', 'system:authenticated'] };

describe('KubernetesClusterClient', () => {
  let peer: KubeApiPeer;
  let transport: ClusterTransport;
  let client: KubernetesClusterClient;

  const connectTo = (answerTimeout = 2_000) => {
    transport = new ClusterTransport(new ClusterCredentials({ kubeconfig: peer.kubeconfig }), {
      answerTimeout,
    });
    client = new KubernetesClusterClient(transport, new ApiDiscovery(transport, 0));
  };
  const header = (request: SeenRequest, name: string) =>
    request.rawHeaders.filter((_, index, all) => index % 2 === 1 && all[index - 1]?.toLowerCase() === name);
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'no failure',
      (error) => error.code,
    );

  beforeEach(async () => {
    peer = await KubeApiPeer.start();
    peer.groups = {
      'kubevirt.io': ['v1', 'v1alpha3'],
      'subresources.kubevirt.io': ['v1', 'v1alpha3'],
      'export.kubevirt.io': ['v1alpha1', 'v1beta1'],
    };
    connectTo();
  });

  afterEach(async () => {
    await transport.close();
    await peer.end();
  });

  it('chooses the first of its versions that the cluster serves', async () => {
    peer.put('virtualmachineexports', { metadata: { namespace: 'a', name: 'x' } });
    await client.get(VIRTUAL_MACHINE_EXPORT, 'a', 'x');
    expect(peer.seen.at(-1)?.path).toBe(
      '/apis/export.kubevirt.io/v1beta1/namespaces/a/virtualmachineexports/x',
    );
    expect(await codeOf(client.get(VIRTUAL_MACHINE_CLONE, 'a', 'x'))).toBe('cluster.not_served');
    peer.groups = { ...peer.groups, 'clone.kubevirt.io': ['v1alpha1'] };
    expect(await codeOf(client.get(VIRTUAL_MACHINE_CLONE, 'a', 'x'))).toBe('cluster.not_found');
  });

  it('sends writes as the tenant, every header its own, and the kind with the object', async () => {
    peer.intercept = ({ method }) =>
      method === 'POST' ? { status: 201, body: '{"metadata":{"name":"web"}}' } : null;
    const object = { metadata: { name: 'web', namespace: 'a' }, spec: { runStrategy: 'Always' } };
    await client.create(VIRTUAL_MACHINE, 'a', object, { as: tenant, dryRun: true });
    const request = peer.seen.at(-1)!;
    expect(header(request, 'impersonate-user')).toEqual([tenant.user]);
    expect(header(request, 'impersonate-group')).toEqual(tenant.groups);
    expect(header(request, 'authorization')).toEqual([`Bearer ${peer.token}`]);
    expect(request.query.get('dryRun')).toBe('All');
    expect(request.query.get('fieldManager')).toBe('virtgate');
    expect(JSON.parse(request.body)).toEqual({
      ...object,
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
    });
    await codeOf(client.get(VIRTUAL_MACHINE, 'a', 'web'));
    expect(header(peer.seen.at(-1)!, 'impersonate-user')).toEqual([]);
  });

  it('patches in three ways, replaces and deletes with preconditions', async () => {
    peer.intercept = ({ method }) =>
      method === 'GET' ? null : { status: 200, body: '{"metadata":{"name":"web"}}' };
    const object = { metadata: { name: 'web' } };
    await client.patch(VIRTUAL_MACHINE, 'a', 'web', { type: 'json', body: [{ op: 'remove', path: '/x' }] });
    expect(header(peer.seen.at(-1)!, 'content-type')).toEqual(['application/json-patch+json']);
    await client.patch(VIRTUAL_MACHINE, 'a', 'web', { type: 'merge', body: { spec: null } });
    expect(header(peer.seen.at(-1)!, 'content-type')).toEqual(['application/merge-patch+json']);
    await client.patch(VIRTUAL_MACHINE, 'a', 'web', { type: 'apply', body: object });
    const apply = peer.seen.at(-1)!;
    expect(header(apply, 'content-type')).toEqual(['application/apply-patch+yaml']);
    expect([apply.query.get('force'), apply.query.get('fieldManager')]).toEqual(['true', 'virtgate']);
    expect(JSON.parse(apply.body)).toMatchObject({ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine' });
    await client.replace(VIRTUAL_MACHINE, 'a', object);
    expect(peer.seen.at(-1)?.method).toBe('PUT');
    await client.delete(VIRTUAL_MACHINE, 'a', 'web', { uid: 'u-9', propagation: 'Foreground', dryRun: true });
    expect(JSON.parse(peer.seen.at(-1)!.body)).toMatchObject({
      propagationPolicy: 'Foreground',
      preconditions: { uid: 'u-9' },
      dryRun: ['All'],
    });
  });

  it('calls subresources, with the dry run in the body where KubeVirt has one', async () => {
    peer.put('virtualmachineinstances', { metadata: { namespace: 'a', name: 'web' } });
    peer.intercept = ({ path }) => (path.includes('/apis/subresources') ? { status: 202, body: '' } : null);
    expect(
      await client.subresource('a', 'virtualmachines', 'web', 'stop', { body: { gracePeriod: 0 } }),
    ).toBeNull();
    const stop = peer.seen.at(-1)!;
    expect(stop.path).toBe('/apis/subresources.kubevirt.io/v1/namespaces/a/virtualmachines/web/stop');
    expect([stop.method, stop.body]).toEqual(['PUT', '{"gracePeriod":0}']);
    await client.subresource('a', 'virtualmachines', 'web', 'start', { dryRun: true, as: tenant });
    expect(JSON.parse(peer.seen.at(-1)!.body)).toEqual({ dryRun: ['All'] });
    // softreboot knows no dry run: it must never be carried out for one.
    await client.subresource('a', 'virtualmachineinstances', 'web', 'softreboot', { dryRun: true });
    expect(peer.seen.at(-1)).toMatchObject({
      method: 'GET',
      path: '/apis/kubevirt.io/v1/namespaces/a/virtualmachineinstances/web',
    });
    expect(peer.seen.some(({ path }) => path.endsWith('softreboot'))).toBe(false);
    peer.intercept = ({ path }) =>
      path.endsWith('guestosinfo') ? { status: 200, body: '{"guestAgentVersion":"8"}' } : null;
    expect(
      await client.subresource('a', 'virtualmachineinstances', 'web', 'guestosinfo', { method: 'GET' }),
    ).toEqual({ guestAgentVersion: '8' });
  });

  it('takes no endless answer of what a guest has a say in', async () => {
    await transport.close();
    connectTo(60_000);
    const body = JSON.stringify({ hostname: 'A'.repeat(50 << 20) });
    peer.intercept = ({ path }) => (path.includes('/guestosinfo') ? { status: 200, body } : null);
    const asked = client.subresource('a', 'virtualmachineinstances', 'web', 'guestosinfo', { method: 'GET' });
    expect(await codeOf(asked)).toBe('cluster.answer_too_long');
    expect(peer.seen.filter(({ path }) => path.includes('/guestosinfo'))).toHaveLength(1);
  });

  it('never sends a name that could lead elsewhere', async () => {
    const evil = [
      '',
      '.',
      '..',
      '../x',
      'a/b',
      '%2e%2e',
      'a%2fb',
      'a?b',
      'a#b',
      'a\\b',
      'ü',
      'a b',
      'a\r\nb',
      '-a',
      'x'.repeat(254),
    ];
    const before = peer.seen.length;
    for (const name of evil) {
      expect(await codeOf(client.get(VIRTUAL_MACHINE, 'a', name))).toBe('cluster.name_invalid');
      expect(await codeOf(client.get(VIRTUAL_MACHINE, name, 'web'))).toBe('cluster.name_invalid');
      expect(await codeOf(client.subresource('a', 'virtualmachines', name, 'start'))).toBe(
        'cluster.name_invalid',
      );
      expect(
        await codeOf(client.connect('a', 'virtualmachines', 'x', `portforward/${name.replace('a/b', '..')}`)),
      ).toBe('cluster.name_invalid');
    }
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (name) => {
        const count = peer.seen.length;
        await codeOf(client.get(VIRTUAL_MACHINE, 'a', name));
        for (const { path } of peer.seen.slice(count)) {
          expect(path).toMatch(/^(\/apis|\/apis\/kubevirt\.io\/v1\/namespaces\/a\/virtualmachines\/[^/]+)$/);
        }
      }),
      { numRuns: 60 },
    );
    expect(peer.seen.slice(before, before + 1).every(({ path }) => path === '/apis')).toBe(true);
  });

  it.each([
    { user: 'system:admin', groups: [] },
    { user: 'u', groups: ['system:authenticated', 'system:masters'] },
    { user: 'u', groups: ['system:nodes'] },
    { user: 'system:serviceaccount:kube-system:x', groups: [] },
    { user: 'a\r\nImpersonate-Group: system:masters', groups: [] },
    { user: '', groups: [] },
    { user: 'ü', groups: [] },
  ])('refuses to be %j', async (as) => {
    const object = { metadata: { name: 'web' } };
    expect(await codeOf(client.create(VIRTUAL_MACHINE, 'a', object, { as }))).toBe('cluster.name_invalid');
    expect(peer.seen.filter(({ method }) => method === 'POST')).toEqual([]);
    expect(await codeOf(client.connect('a', 'virtualmachineinstances', 'web', 'console', { as }))).toBe(
      'cluster.name_invalid',
    );
  });

  it('repeats reads when the connection breaks, and writes never', async () => {
    peer.put('virtualmachines', { metadata: { namespace: 'a', name: 'web' } });
    await client.get(VIRTUAL_MACHINE, 'a', 'web');
    let breaks = 2;
    peer.intercept = (request) => {
      if (request.path === '/apis' || breaks-- <= 0) return null;
      peer.breakConnections();
      return 'hang';
    };
    expect((await client.get(VIRTUAL_MACHINE, 'a', 'web')).metadata.name).toBe('web');
    breaks = 1;
    const object = { metadata: { name: 'web' } };
    expect(await codeOf(client.create(VIRTUAL_MACHINE, 'a', object))).toBe('cluster.unavailable');
    expect(peer.seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('says unavailable when nothing is there, and timeout when nothing is answered', async () => {
    await client.get(NAMESPACE, null, 'x').catch(() => {});
    peer.intercept = () => 'hang';
    await transport.close();
    connectTo(300);
    expect(await codeOf(client.get(NAMESPACE, null, 'x'))).toBe('cluster.timeout');
    await peer.die();
    expect(await codeOf(client.get(NAMESPACE, null, 'x'))).toBe('cluster.unavailable');
  });

  it('stops when the caller does, with the reason of the caller', async () => {
    peer.intercept = ({ method }) => (method === 'POST' ? 'hang' : null);
    const caller = new AbortController();
    const work = client.create(VIRTUAL_MACHINE, 'a', { metadata: { name: 'x' } }, { signal: caller.signal });
    setTimeout(() => caller.abort(new Error('gone')), 100);
    await expect(work).rejects.toThrow('gone');
  });

  it('picks up a new credential without a restart', async () => {
    peer.put('virtualmachines', { metadata: { namespace: 'a', name: 'web' } });
    const config = JSON.parse(await readFile(peer.kubeconfig, 'utf8'));
    config.users[0].user.token = 'stale';
    await writeFile(peer.kubeconfig, JSON.stringify(config));
    expect(await codeOf(client.get(VIRTUAL_MACHINE, 'a', 'web'))).toBe('cluster.unauthenticated');
    config.users[0].user.token = peer.token;
    await writeFile(peer.kubeconfig, JSON.stringify(config));
    await utimes(peer.kubeconfig, new Date(), new Date(Date.now() + 1_000));
    expect((await client.get(VIRTUAL_MACHINE, 'a', 'web')).metadata.name).toBe('web');
  });

  it.each([
    ['a plain http server', (config: Config) => (config.clusters[0]!.cluster.server = 'http://127.0.0.1:1')],
    [
      'an unverified server',
      (config: Config) => (config.clusters[0]!.cluster['insecure-skip-tls-verify'] = true),
    ],
    ['a built-in impersonation', (config: Config) => (config.users[0]!.user.as = 'admin')],
    [
      'another CA',
      (config: Config) => (config.clusters[0]!.cluster['certificate-authority-data'] = undefined),
    ],
  ])('refuses %s', async (_what, spoil) => {
    const config = JSON.parse(await readFile(peer.kubeconfig, 'utf8')) as Config;
    spoil(config);
    await writeFile(peer.kubeconfig, JSON.stringify(config));
    expect(await codeOf(client.get(NAMESPACE, null, 'x'))).toBe('cluster.unavailable');
    expect(peer.seen).toEqual([]);
  });

  describe('connect', () => {
    let upgrades: IncomingMessage[];
    let server: WebSocketServer;

    beforeEach(() => {
      upgrades = [];
      server = new WebSocketServer({ noServer: true, handleProtocols: () => 'plain.kubevirt.io' });
      peer.raw.on('upgrade', (request, socket, head) => {
        upgrades.push(request);
        if (request.url?.includes('refused')) {
          const body = JSON.stringify({
            kind: 'Status',
            message: 'VMI is not running',
            reason: 'BadRequest',
            code: 400,
          });
          socket.end(
            `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
          );
          return;
        }
        server.handleUpgrade(request, socket, head, (ws) => {
          ws.send(Buffer.from('login: '));
          ws.on('message', (data) => ws.send(data));
        });
      });
    });

    it('carries raw bytes both ways, more than fits anywhere, as the tenant', async () => {
      const stream = await client.connect('a', 'virtualmachineinstances', 'web', 'console', { as: tenant });
      const received: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => received.push(chunk));
      const sent = Buffer.alloc(3_000_000, 'x');
      for (let at = 0; at < sent.length; at += 100_000) {
        if (!stream.write(sent.subarray(at, at + 100_000))) {
          await new Promise((resolve) => stream.once('drain', resolve));
        }
      }
      const size = () => received.reduce((sum, chunk) => sum + chunk.length, 0);
      for (let waited = 0; size() < sent.length + 7 && waited < 5_000; waited += 10) await sleep(10);
      expect(Buffer.concat(received).equals(Buffer.concat([Buffer.from('login: '), sent]))).toBe(true);
      const [request] = upgrades;
      expect(request?.headers['sec-websocket-protocol']).toBe('plain.kubevirt.io');
      expect(request?.headers['impersonate-user']).toBe(tenant.user);
      expect(request?.headersDistinct['impersonate-group']).toEqual(tenant.groups);
      const closed = new Promise((resolve) => stream.once('close', resolve));
      for (const ws of server.clients) ws.close();
      await closed;
    });

    it('tells a refusal before the stream opens', async () => {
      const work = client.connect('a', 'virtualmachineinstances', 'refused', 'console');
      await expect(work).rejects.toMatchObject({
        code: 'cluster.state_conflict',
        message: 'VMI is not running',
      });
    });

    it('tells that nothing is there, and that the caller went', async () => {
      await client
        .connect('a', 'virtualmachineinstances', 'web', 'console')
        .then((stream) => stream.destroy());
      const gone = AbortSignal.abort(new Error('gone'));
      await expect(
        client.connect('a', 'virtualmachineinstances', 'web', 'console', { signal: gone }),
      ).rejects.toThrow('gone');
      await peer.die();
      expect(await codeOf(client.connect('a', 'virtualmachineinstances', 'web', 'console'))).toBe(
        'cluster.unavailable',
      );
    });
  });
});

interface Config {
  clusters: { cluster: Record<string, unknown> }[];
  users: { user: Record<string, unknown> }[];
}
