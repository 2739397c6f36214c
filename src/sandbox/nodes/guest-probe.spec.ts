import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type GuestDoors, type ProbeAction, probeGuest } from './guest-probe.js';

const target = { uid: 'one', address: '10.244.1.7' };

/** Servers of this machine stand for those inside of a guest. */
describe('a probe', () => {
  const servers: Server[] = [];
  let web: number;
  let silent: number;
  let refused: number;
  let hosts: (string | undefined)[] = [];

  beforeAll(async () => {
    web = await listens(
      createHttpServer((request, response) => {
        hosts.push(request.headers.host);
        const { pathname } = new URL(request.url ?? '', 'http://x');
        const redirects: Record<string, string> = {
          '/moved': '/fine',
          '/circle': '/circle',
          '/away': 'http://elsewhere/broken',
          '/to-broken': '/broken',
        };
        const location = redirects[pathname];
        if (location) response.writeHead(302, { location }).end();
        else response.writeHead(pathname === '/broken' ? 503 : 200).end('well');
      }),
    );
    silent = await listens(createServer(() => undefined));
    const gone = createServer();
    refused = await listens(gone);
    await new Promise((resolve) => gone.close(resolve));
  });

  afterAll(async () => {
    for (const server of servers) server.close();
  });

  async function listens(server: Server): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  const doors: GuestDoors = {
    openPort: (_uid, port) =>
      new Promise((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => resolve(socket));
        socket.on('error', () => reject(new Error(`dial tcp :${port}: connect: connection refused`)));
      }),
    pingAgent: () => new Promise(() => undefined),
    executeInGuest: async (_uid, command) => ({
      exitCode: command[0] === 'true' ? 0 : 3,
      output: command[1] ?? '',
    }),
  };
  const probe = (action: ProbeAction, timeoutMs = 60_000) => probeGuest(doors, target, action, timeoutMs);
  const http = (path: string, port = web): ProbeAction => ({
    kind: 'http',
    scheme: 'HTTP',
    port,
    path,
    headers: {},
  });

  it('over HTTP takes 2xx and 3xx, and follows what stays on the host', async () => {
    hosts = [];
    expect(await probe(http('/fine'))).toBeUndefined();
    expect(hosts).toEqual([`10.244.1.7:${web}`]);
    expect(await probe(http('/moved'))).toBeUndefined();
    expect(await probe(http('/away'))).toBeUndefined();
    expect(await probe(http('/broken'))).toBe('HTTP probe failed with statuscode: 503');
    expect(await probe(http('/to-broken'))).toBe('HTTP probe failed with statuscode: 503');
    expect(await probe(http('/circle'))).toContain('stopped after 10 redirects');
    // A path that reads as another host is a path all the same.
    hosts = [];
    expect(await probe(http('//elsewhere/fine'))).toBeUndefined();
    expect(hosts).toEqual([`10.244.1.7:${web}`]);
  });

  it('says who refused, and who did not answer', async () => {
    expect(await probe(http('/up', refused))).toBe(
      `Get "http://10.244.1.7:${refused}/up": dial tcp 10.244.1.7:${refused}: connect: connection refused`,
    );
    expect(await probe(http('/up', silent), 100)).toMatch(/^Get "http.*\/up": context deadline exceeded/);
    expect(await probe({ kind: 'tcp', port: silent })).toBeUndefined();
    expect(await probe({ kind: 'tcp', port: refused })).toBe(
      `dial tcp 10.244.1.7:${refused}: connect: connection refused`,
    );
    const secure: ProbeAction = { kind: 'http', scheme: 'HTTPS', port: web, path: '/', headers: {} };
    expect(await probe(secure)).toMatch(/^Get "https:/);
  });

  it('asks the agent', async () => {
    expect(await probe({ kind: 'ping' }, 100)).toBe('command timed out after 0.1s');
    expect(await probe({ kind: 'exec', command: ['true'] })).toBeUndefined();
    expect(await probe({ kind: 'exec', command: ['false', 'not up\n'] })).toBe('not up');
    expect(await probe({ kind: 'exec', command: ['false'] })).toBe('the command ended with 3');
    expect(await probe({ kind: 'impossible', why: 'no' })).toBe('no');
  });
});
