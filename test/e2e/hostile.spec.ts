import { randomBytes } from 'node:crypto';
import { createServer, request as httpRequest, type OutgoingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { createClient } from 'graphql-ws';
import pg from 'pg';
import { WebSocket } from 'ws';
import { embeddedDatabaseUrl } from '../../src/platform/embedded-postgres/embedded-postgres.js';
import { ConsoleEnd } from '../support/console.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { describeWith } from '../support/machines.js';
import { OciRegistry } from '../support/oci-registry.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

const canary = (name: string): string => `canary-${name}-${randomBytes(12).toString('hex')}`;

describeWith(['qemu-img'], 'somebody hostile', () => {
  const secrets = {
    userData: canary('user-data'),
    password: canary('registry'),
    claim: canary('claim'),
    refused: canary('refused'),
  };
  /** Tokens, tickets and the like, as they are given out. */
  const given: string[] = [];
  /** What was answered to requests that were refused. */
  const refusals: string[] = [];
  let provider: IdentityProvider;
  let registry: OciRegistry;
  let stalling: Server;
  let virtgate: Virtgate;
  let stranger: string;
  let issuedJwt: string;

  beforeAll(async () => {
    provider = await IdentityProvider.start();
    await provider.enrol('ada', {
      groups: [],
      claims: { note: secrets.claim, email: `${secrets.claim}@x.y` },
    });
    registry = await OciRegistry.start({ username: 'puller', password: secrets.password });
    stalling = await startStalling();
    const issuers = [{ alias: 'corp', issuer: provider.issuer, audience: provider.audience }];
    virtgate = await Virtgate.start({
      env: {
        SANDBOX_DRIVER: 'simulated',
        LOG_LEVEL: 'debug',
        OIDC_ISSUERS: JSON.stringify(issuers),
        IMPORT_ALLOWED_HOSTS: `${registry.host},${hostOf(stalling)}`,
        RATE_LIMIT_FAILED_SIGN_INS: '0',
      },
    });
    stranger = await virtgate.strangerToken();
    issuedJwt = await provider.token('ada');
    given.push(virtgate.token, stranger, issuedJwt);
    const made = await virtgate.rest('POST', '/projects/demo/vms', {
      name: 'target',
      cpus: 1,
      memory: '128Mi',
      bootDisk: { blank: true, size: '64Mi' },
      userData: `#cloud-config\npassword: ${secrets.userData}\n`,
    });
    expect((await virtgate.settled(made.body)).state).toBe('SUCCEEDED');
    await until('the machine runs', async () => {
      return (await virtgate.rest('GET', '/projects/demo/vms/target')).body.state === 'Running';
    });
  }, 240_000);

  afterAll(async () => {
    stalling?.closeAllConnections();
    stalling?.close();
    await virtgate?.stop();
    await registry?.stop();
    await provider?.close();
  }, 60_000);

  /** Without any help of a client library: the path and the headers go out as they are. */
  const raw = (
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
  ): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(virtgate.url);
      const sent = httpRequest({ hostname, port, method, path, headers, agent: false }, (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end();
    });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  /** A member of the demo project with its own token, and the way to take the role away again. */
  const member = async (name: string, role: string): Promise<{ token: string; dismiss(): Promise<void> }> => {
    const path = '/tenants/demo/service-accounts';
    await virtgate.rest('POST', path, { name, bindings: [] });
    const minted = await virtgate.rest('POST', `${path}/${name}/tokens`, { name: 't', expiresIn: '1h' });
    const added = await virtgate.rest('POST', '/projects/demo/members', { serviceAccount: name, role });
    expect([minted.status, added.status]).toEqual([201, 201]);
    given.push(minted.body.token);
    return {
      token: minted.body.token,
      dismiss: async () => {
        expect((await virtgate.rest('DELETE', `/projects/demo/members/${added.body.id}`)).status).toBe(204);
      },
    };
  };
  const ticketOf = async (token: string): Promise<Json> => {
    const answer = await virtgate.rest(
      'POST',
      '/projects/demo/vms/target/console-sessions',
      { type: 'serial' },
      bearer(token),
    );
    expect(answer.status).toBe(201);
    given.push(answer.body.ticket);
    return answer.body;
  };
  /** 101 where the websocket opens. */
  const upgrade = (path: string, options: { origin?: string; protocol?: string } = {}): Promise<number> =>
    new Promise((resolve) => {
      const url = path.startsWith('ws') ? path : virtgate.url.replace('http', 'ws') + path;
      const socket = new WebSocket(url, options.protocol ? [options.protocol] : [], {
        ...(options.origin ? { origin: options.origin } : {}),
      });
      socket.on('open', () => {
        resolve(101);
        socket.close();
      });
      socket.on('unexpected-response', (_request, response) => {
        resolve(response.statusCode ?? 0);
        response.resume();
      });
      socket.on('error', () => resolve(0));
    });

  it('gets nowhere with a token that is like a good one', async () => {
    const characters = fc.constantFrom(...'ABCxyz019-_.+/=~');
    const mutation = (token: string) =>
      fc.oneof(
        fc
          .tuple(fc.nat(token.length - 1), characters)
          .map(([at, character]) => token.slice(0, at) + character + token.slice(at + 1)),
        fc.nat(token.length - 1).map((at) => token.slice(0, at) + token.slice(at + 1)),
        fc
          .tuple(fc.nat(token.length), characters)
          .map(([at, character]) => token.slice(0, at) + character + token.slice(at)),
        fc.nat(token.length - 1).map((length) => token.slice(0, length)),
        fc.constantFrom(
          token.toUpperCase(),
          token.toLowerCase(),
          `${token},${token}`,
          `"${token}"`,
          `${token}%00`,
        ),
      );
    for (const token of [stranger, issuedJwt]) {
      await fc.assert(
        fc.asyncProperty(mutation(token), async (mutant) => {
          fc.pre(mutant !== token);
          const { status, body } = await raw('GET', '/api/v1/me', bearer(mutant));
          expect([mutant, status]).toEqual([mutant, 401]);
          expect(body).not.toContain('strangers');
        }),
        { numRuns: 150, seed: 7 },
      );
    }
    for (const authorization of [
      `Basic ${Buffer.from(`x:${stranger}`).toString('base64')}`,
      stranger,
      'Bearer',
      '',
    ]) {
      expect((await raw('GET', '/api/v1/me', { authorization })).status).toBe(401);
    }
    // Where logs and histories keep it, a token is no token.
    expect((await raw('GET', `/api/v1/me?access_token=${stranger}`, {})).status).toBe(401);
    expect((await raw('GET', '/api/v1/me', { cookie: `token=${stranger}` })).status).toBe(401);
  }, 120_000);

  it('becomes nobody else by headers, hop by hop or end to end', async () => {
    const tricks: OutgoingHttpHeaders[] = [
      { connection: 'close, authorization' },
      { connection: 'impersonate-user', 'impersonate-user': 'system:admin' },
      { 'impersonate-user': 'virtgate:user:admin', 'impersonate-group': 'system:masters' },
      { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' },
      { 'x-forwarded-user': 'admin', 'x-forwarded-email': 'admin@x.y', 'x-auth-request-user': 'admin' },
      { 'x-original-url': '/api/v1/projects/demo', 'x-rewrite-url': '/api/v1/projects/demo' },
      { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE' },
      { 'x-forwarded-host': 'evil.example', forwarded: 'for=127.0.0.1;host=evil.example' },
      { te: 'trailers', trailer: 'authorization', 'transfer-encoding': 'chunked' },
    ];
    for (const headers of tricks) {
      const me = await raw('GET', '/api/v1/me', { ...bearer(stranger), ...headers });
      if (me.status !== 200) expect([headers, me.status]).toEqual([headers, 400]);
      else expect(JSON.parse(me.body).principal.name).toBe('robot');
      const other = await raw('GET', '/api/v1/projects/demo/vms/target', { ...bearer(stranger), ...headers });
      expect([headers, [400, 404].includes(other.status)]).toEqual([headers, true]);
      const nobody = await raw('GET', '/api/v1/me', headers);
      expect([headers, [400, 401].includes(nobody.status)]).toEqual([headers, true]);
    }
    // Two at once, either order: never the second instead of the first.
    const both = await raw('GET', '/api/v1/me', {
      authorization: [`Bearer ${stranger}`, `Bearer ${virtgate.token}`] as never,
    });
    expect(both.body).not.toContain('"name":"admin"');
    expect((await virtgate.rest('GET', '/projects/demo/vms/target')).status).toBe(200);
  }, 60_000);

  it('smuggles no second request behind a first', async () => {
    const { hostname, port, host } = new URL(virtgate.url);
    const smuggled = `GET /api/v1/projects/demo/vms HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const start = (headers: string, body: string) =>
      `POST /graphql HTTP/1.1\r\nHost: ${host}\r\n${headers}\r\n\r\n${body}`;
    for (const bytes of [
      start(`Content-Length: 4\r\nTransfer-Encoding: chunked`, `0\r\n\r\n${smuggled}`),
      start(`Transfer-Encoding: chunked\r\nTransfer-Encoding: identity`, `0\r\n\r\n${smuggled}`),
      start(`Transfer-Encoding: xchunked\r\nContent-Length: 4`, `0\r\n\r\n${smuggled}`),
      start(`Content-Length: 0\r\nContent-Length: ${smuggled.length}`, smuggled),
      start(`Content-Length : 0`, smuggled),
    ]) {
      const answer = await new Promise<string>((resolve) => {
        let text = '';
        const socket = connect(Number(port), hostname, () => socket.write(bytes));
        socket.on('data', (chunk) => {
          text += chunk;
        });
        socket.on('error', () => resolve(text));
        socket.on('close', () => resolve(text));
        socket.setTimeout(60_000, () => socket.destroy());
      });
      expect([bytes, /^HTTP\/1\.1 400 /.test(answer), answer.match(/^HTTP\/1\.1 /gm)?.length]).toEqual([
        bytes,
        true,
        1,
      ]);
    }
  }, 120_000);

  it('leaves no project by the segments of a path', async () => {
    const evil = [
      '..',
      '.',
      '%2e%2e',
      '%2E%2E%2F',
      '..%2f..%2fdemo',
      '..%2Fdemo%2Fvms%2Ftarget',
      '%2e%2e%2fdemo',
      '..%5cdemo',
      'x%2f..%2f..%2fdemo%2fvms%2ftarget',
      '%252e%252e%252fdemo',
      '..;',
      'demo;x',
      '%00',
      'target%00',
      'x%0d%0aHost:%20evil',
      '%c0%ae%c0%ae',
      '%ff',
      '%',
      '%zz',
      '%3fproject=demo',
      '%23',
      'demo%20',
      '%20demo',
      'DEMO',
      'd%65mo%2e',
      '\\..\\demo',
      '%e2%80%ae',
      'ｄｅｍｏ',
      '.%2e',
      'x'.repeat(600),
      '*',
      '~',
      '$(id)',
      "'%20OR%20''='",
      '__proto__',
      'constructor',
    ].map((segment) => encodeURI(segment).replaceAll('%25', '%'));
    for (const segment of evil) {
      for (const [method, path] of [
        ['GET', `/api/v1/projects/${segment}`],
        ['GET', `/api/v1/projects/${segment}/vms`],
        ['GET', `/api/v1/projects/${segment}/vms/target`],
        ['GET', `/api/v1/projects/strangers/vms/${segment}`],
        ['DELETE', `/api/v1/projects/strangers/vms/${segment}`],
        ['POST', `/api/v1/projects/strangers/vms/${segment}/stop`],
        ['GET', `/api/v1/projects/strangers/vms/${segment}/manifest`],
        ['GET', `/api/v1/projects/strangers/disks/${segment}`],
        ['DELETE', `/api/v1/projects/strangers/snapshots/${segment}`],
        ['GET', `/api/v1/tenants/${segment}`],
        ['GET', `/api/v1/operations/${segment}`],
        ['GET', `/api/v1/downloads/${segment}`],
      ] as const) {
        const { status, body } = await raw(method, path, bearer(stranger));
        // "." and ".." of a URL that a client did not resolve: lists of the stranger's own are no secret to it.
        const own = status === 200 && !/target|"demo"/.test(body);
        expect([path, own || (status >= 400 && status < 500), body.includes('"internal"')]).toEqual([
          path,
          true,
          false,
        ]);
        expect([path, body.includes('"target"')]).toEqual([path, false]);
      }
    }
    expect((await virtgate.rest('GET', '/projects/demo/vms/target')).body.state).toBe('Running');
  }, 120_000);

  it('opens no websocket from another site', async () => {
    const { websocketUrl } = await ticketOf(virtgate.token);
    for (const origin of ['https://evil.example', 'null', `${virtgate.url}.evil.example`, 'file://']) {
      expect([origin, await upgrade('/graphql', { origin, protocol: 'graphql-transport-ws' })]).toEqual([
        origin,
        403,
      ]);
      expect([origin, await upgrade(websocketUrl, { origin })]).toEqual([origin, 403]);
    }
    // Nor was the ticket used up by those who had no business with it.
    expect(await upgrade('/graphql', { origin: virtgate.url, protocol: 'graphql-transport-ws' })).toBe(101);
    expect(await upgrade(websocketUrl, { origin: virtgate.url })).toBe(101);
  }, 60_000);

  it('uses no console ticket twice, nor one whose maker has lost the right', async () => {
    const { websocketUrl } = await ticketOf(virtgate.token);
    expect(await upgrade(websocketUrl)).toBe(101);
    const again = await upgrade(websocketUrl);
    expect(again).toBeGreaterThanOrEqual(400);
    const [once, ...others] = await ticketOf(virtgate.token).then(({ websocketUrl: url }) =>
      Promise.all(Array.from({ length: 10 }, () => upgrade(url))).then((codes) =>
        codes.sort((a, b) => a - b),
      ),
    );
    expect([once, others.every((code) => code >= 400)]).toEqual([101, true]);
    const former = await member('former', 'operator');
    const ticket = await ticketOf(former.token);
    await former.dismiss();
    expect(await upgrade(ticket.websocketUrl)).toBeGreaterThanOrEqual(400);
  }, 60_000);

  it('keeps nothing open after the role is taken away: console, streams, subscriptions, download', async () => {
    const exported = await virtgate.rest('POST', '/projects/demo/disks', {
      name: 'big',
      size: '256Mi',
      source: { blank: {} },
    });
    expect((await virtgate.settled(exported.body)).state).toBe('SUCCEEDED');
    const made = await virtgate.rest('POST', '/projects/demo/exports', {
      name: 'out',
      source: { disk: 'big' },
      ttl: '30m',
    });
    expect((await virtgate.settled(made.body)).state).toBe('SUCCEEDED');
    const stalled = await virtgate.rest('POST', '/projects/demo/disks', {
      name: 'stalled',
      size: '128Mi',
      source: { url: `http://${hostOf(stalling)}/disk.img` },
    });
    expect(stalled.status).toBe(202);

    const mallory = await member('mallory', 'editor');
    const ended = new Set<string>();
    const failed: string[] = [];

    const end = await ConsoleEnd.open((await ticketOf(mallory.token)).websocketUrl);
    const stream = async (name: string, path: string, init: RequestInit = {}): Promise<void> => {
      const response = await fetch(virtgate.url + path, {
        ...init,
        headers: { ...bearer(mallory.token), ...(init.headers as Record<string, string>) },
      });
      if (response.status !== 200) failed.push(`${name}: ${response.status}`);
      // One chunk, so that it has begun; then slowly, so that there is more to come.
      const reader = response.body?.getReader();
      await reader?.read();
      void (async () => {
        try {
          while (!(await reader?.read())?.done) await new Promise((later) => setTimeout(later, 50));
        } catch {
          // Cut: that is an end, too.
        }
        ended.add(name);
      })();
    };
    await stream('operation events', `/api/v1/operations/${stalled.body.id}/events`);
    await stream('subscription over SSE', '/graphql/stream', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({
        query: `subscription { operationChanged(id: "${stalled.body.id}") { id } }`,
      }),
    }).catch((error) => failed.push(String(error)));
    const { body: out } = await virtgate.rest('GET', '/projects/demo/exports/out');
    await stream('download', `/api/v1/projects/demo/exports/out/volumes/${out.volumes[0].name}?format=raw`);
    let connected = false;
    const client = createClient({
      url: `${virtgate.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: bearer(mallory.token),
      retryAttempts: 0,
      on: {
        connected: () => {
          connected = true;
        },
        closed: () => void ended.add('subscription over a websocket'),
      },
    });
    client.subscribe(
      { query: 'subscription { virtualMachineChanged(project: "demo", name: "target") { __typename } }' },
      { next: () => {}, error: () => {}, complete: () => {} },
    );
    await until('the websocket stands', () => connected);
    expect([failed, [...ended], end.closed]).toEqual([[], [], null]);

    await mallory.dismiss();
    await until(
      'all has ended',
      () => ended.size === 4 && end.closed !== null,
      60_000,
      () => JSON.stringify([[...ended], end.closed]),
    );
    expect(end.closed?.code).toBe(4403);
    await client.dispose();
    const again = await virtgate.rest('GET', '/projects/demo/vms/target', undefined, bearer(mallory.token));
    expect(again.status).toBe(404);
    await virtgate.rest('POST', `/operations/${stalled.body.id}/cancel`);
  }, 240_000);

  it('finds no secret anywhere that it should not be', async () => {
    // Registry credentials that are used, a person of the provider that works, and requests that fail with secrets in them.
    const pulled = await virtgate.rest('POST', '/projects/demo/disks', {
      name: 'pulled',
      size: '64Mi',
      source: {
        registry: `docker://${registry.host}/nothing:1`,
        credentials: { username: 'puller', password: secrets.password },
      },
    });
    expect(pulled.status).toBe(202);
    expect((await virtgate.settled(pulled.body)).state).toBe('FAILED');
    expect((await virtgate.rest('GET', '/me', undefined, bearer(issuedJwt))).status).toBe(200);
    for (const body of [
      { name: 'Not A Name', userData: secrets.refused },
      {
        name: 'x',
        cpus: 1,
        memory: '128Mi',
        bootDisk: { blank: true, size: '64Mi' },
        userData: { a: secrets.refused },
      },
      {
        name: 'x',
        cpus: 1,
        memory: 'lots',
        bootDisk: { blank: true },
        userData: secrets.refused,
        [secrets.refused]: 1,
      },
      `{"name": "${secrets.refused}`,
    ]) {
      const answer = await virtgate.rest('POST', '/projects/demo/vms', body);
      expect(answer.status).toBe(400);
      if (typeof body !== 'string' && !(secrets.refused in body)) refusals.push(JSON.stringify(answer.body));
    }
    const kept = { 'idempotency-key': 'a-secret-answer' };
    const token = await virtgate.rest('POST', '/tokens', { name: 'kept', expiresIn: '1h' }, kept);
    given.push(token.body.token);
    const gql = await virtgate.graphql(
      'mutation { createToken(input: { name: "kept2", expiresIn: "1h", idempotencyKey: "another" }) { secret } }',
    );
    given.push(gql.createToken.secret);
    const link = await virtgate.rest('POST', '/projects/demo/exports/out/links', {
      volume: (await virtgate.rest('GET', '/projects/demo/exports/out')).body.volumes[0].name,
    });
    if (link.status === 201) given.push(link.body.url.split('/').at(-1));

    const places: Record<string, string> = {
      logs: virtgate.output.join('').replace(/^ {2}(Admin token|curl) .*$/gm, ''),
      metrics: await (await fetch(`${virtgate.url}/metrics`)).text(),
      refusals: refusals.join('\n'),
      audit: await (
        await fetch(`${virtgate.url}/api/v1/audit/export`, { headers: bearer(virtgate.token) })
      ).text(),
      operations: JSON.stringify((await virtgate.rest('GET', '/operations?limit=200')).body),
      ...(await tables(join(virtgate.dataDirectory, 'postgres'))),
    };
    expect(places.audit).toContain('vm.create');
    expect(Object.keys(places).length).toBeGreaterThan(15);
    const found = Object.entries(places).flatMap(([place, text]) =>
      [...Object.values(secrets), ...given]
        .filter((secret) => spellings(secret).some((spelling) => text.includes(spelling)))
        .map((secret) => `${secret.slice(0, 24)}... in ${place}`),
    );
    expect(found).toEqual([]);
  }, 120_000);
});

/** As it is, and as it may be hidden in what is printed of bytes. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [
    secret,
    bytes.toString('hex'),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}

/** Every row of every table of the installation, those of the queue included, as text. */
async function tables(directory: string): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: embeddedDatabaseUrl(directory) as string });
  await client.connect();
  try {
    const { rows } = await client.query(
      `SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
       WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    const found: Record<string, string> = {};
    for (const { schema, name } of rows) {
      const table = await client.query(`SELECT t::text AS text FROM "${schema}"."${name}" t`);
      found[`table ${schema}.${name}`] = table.rows.map(({ text }) => text).join('\n');
    }
    return found;
  } finally {
    await client.end();
  }
}

const hostOf = (server: Server): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Begins to send a disk and never goes on. */
async function startStalling(): Promise<Server> {
  const server = createServer((request, response) => {
    response.writeHead(200, {
      'content-length': 64 * 1024 * 1024,
      'content-type': 'application/octet-stream',
    });
    if (request.method === 'HEAD') response.end();
    else response.write(Buffer.alloc(1024 * 1024));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}
