import { Duplex, PassThrough } from 'node:stream';
import { WebSocket } from 'ws';
import { StatusError } from '../store/status-error.js';
import type { SubresourceRequest, SubresourceRoute } from './extension.js';
import { ADMIN_USER } from './static-users.js';
import { RunningServer } from './testing/running-server.js';

const BASE = '/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachineinstances/one';

describe('subresource routes', () => {
  let running: RunningServer;
  const asked: SubresourceRequest[] = [];
  const backends: Duplex[] = [];

  const route = (subresource: string, more: Partial<SubresourceRoute>): SubresourceRoute => ({
    group: 'subresources.kubevirt.io',
    versions: ['v1', 'v1alpha3'],
    resource: 'virtualmachineinstances',
    subresource,
    method: 'GET',
    ...more,
  });

  beforeAll(async () => {
    running = await RunningServer.start({
      subresources: [
        route('pause', {
          method: 'PUT',
          handle: (request) => {
            asked.push(request);
            return { code: 200 };
          },
        }),
        route('vnc/screenshot', {
          handle: () => ({ code: 200, body: Buffer.from([137, 80]), contentType: 'image/png' }),
        }),
        route('guestosinfo', {
          handle: () => {
            throw new StatusError(409, 'Conflict', 'VMI is not running', { name: 'one' });
          },
        }),
        route('portforward', {
          connect: async (request) => {
            if (request.rest[0] === '9') throw new StatusError(400, 'BadRequest', 'nothing listens there');
            const backend = new PassThrough();
            backends.push(backend);
            backend.write(`port ${request.rest.join('/')}\n`);
            return backend;
          },
        }),
        route('', { resource: 'version', handle: () => ({ code: 200, body: { gitVersion: 'v1.9.0' } }) }),
      ],
    });
  });
  afterAll(() => running.stopAndRemove());

  const dial = (path: string, token = running.tokenOf(ADMIN_USER)) =>
    new WebSocket(`${running.server.url.replace('https', 'wss')}${path}`, 'plain.kubevirt.io', {
      rejectUnauthorized: false,
      headers: { authorization: `Bearer ${token}` },
    });
  const refusal = (socket: WebSocket) =>
    new Promise<{ code: number | undefined; body: string }>((resolve, reject) => {
      socket.on('open', () => reject(new Error('was upgraded')));
      socket.on('error', () => {});
      socket.on('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve({ code: response.statusCode, body }));
      });
    });

  it('hand the decoded request over and answer with what comes back', async () => {
    const answer = await running.call('PUT', `${BASE}/pause?x=1`, { body: { dryRun: ['All'] } });
    expect([answer.code, answer.text]).toEqual([200, '']);
    expect(asked[0]).toMatchObject({ namespace: 'default', name: 'one', body: { dryRun: ['All'] } });
    expect(asked[0]!.query.get('x')).toBe('1');
    expect(asked[0]!.user.name).toBe(ADMIN_USER);
  });

  it('refuse in the form of a Status, and other methods with 405', async () => {
    expect((await running.call('GET', `${BASE}/guestosinfo`)).body).toMatchObject({
      kind: 'Status',
      code: 409,
      message: 'VMI is not running',
    });
    expect((await running.call('GET', `${BASE}/pause`)).code).toBe(405);
    expect((await running.call('GET', `${BASE}/nonsense`)).code).toBe(404);
  });

  it('need both grants for a subresource of two segments', async () => {
    const grant = (name: string, resources: string[]) =>
      running.store.create('clusterroles.rbac.authorization.k8s.io', {
        apiVersion: '',
        kind: '',
        metadata: { name },
        rules: [{ apiGroups: ['subresources.kubevirt.io'], resources, verbs: ['get'] }],
      });
    const bind = (role: string, user: string) =>
      running.store.create('clusterrolebindings.rbac.authorization.k8s.io', {
        apiVersion: '',
        kind: '',
        metadata: { name: `${role}-${user}` },
        roleRef: { kind: 'ClusterRole', name: role },
        subjects: [{ kind: 'User', name: user }],
      });
    grant('short', ['virtualmachineinstances/vnc']);
    grant('long', ['virtualmachineinstances/vnc/screenshot']);
    bind('short', 'some');
    bind('short', 'full');
    bind('long', 'full');
    const shoot = (user: string) =>
      running.call('GET', `${BASE}/vnc/screenshot`, { token: running.tokenOf(user) });
    expect((await shoot('some')).code).toBe(403);
    const picture = await shoot('full');
    expect([picture.code, picture.headers['content-type']]).toEqual([200, 'image/png']);
  });

  it('serve cluster-wide routes to every user', async () => {
    const answer = await running.call('GET', '/apis/subresources.kubevirt.io/v1/version', {
      token: running.tokenOf('nobody'),
    });
    expect(answer.body).toEqual({ gitVersion: 'v1.9.0' });
  });

  it('join a websocket and a stream, both ways, and end both', async () => {
    const socket = dial(`${BASE}/portforward/22/tcp`);
    let heard = '';
    const hears = (text: string) =>
      new Promise<void>((resolve) => {
        const check = () => heard.includes(text) && resolve();
        socket.on('message', check);
        check();
      });
    socket.on('message', (data, isBinary) => {
      expect(isBinary).toBe(true);
      heard += data;
    });
    await hears('port 22/tcp');
    expect(socket.protocol).toBe('plain.kubevirt.io');
    const large = 'x'.repeat(300_000);
    socket.send(Buffer.from(`${large}!`));
    await hears(`${large}!`);
    const backend = backends.at(-1)!;
    const ended = new Promise((resolve) => backend.on('close', resolve));
    socket.close();
    await ended;
    expect(backend.destroyed).toBe(true);
  });

  it('close the websocket when the stream ends', async () => {
    const socket = dial(`${BASE}/portforward/23`);
    await new Promise((resolve) => socket.on('message', resolve));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    backends.at(-1)!.destroy();
    await closed;
  });

  it('refuse a websocket before the upgrade, in plain HTTP', async () => {
    expect(await refusal(dial(`${BASE}/portforward/9`))).toMatchObject({
      code: 400,
      body: expect.stringContaining('nothing listens there'),
    });
    expect((await refusal(dial(`${BASE}/portforward/22`, running.tokenOf('nobody')))).code).toBe(403);
    expect((await refusal(dial(`${BASE}/portforward/22`, 'wrong'))).code).toBe(401);
    expect((await refusal(dial(`${BASE}/console`))).code).toBe(404);
  });
});
