import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Bootstrap } from '../../src/features/access/commands/bootstrap.js';
import { type Answer, type Json, Product, until } from './product.js';

describe('tenants, projects, members and tokens over REST', () => {
  let product: Product;
  let admin: string;

  beforeAll(async () => {
    product = await Product.start();
    admin = await product.app.get(Bootstrap, { strict: false }).ensureDemo(product);
  }, 60_000);

  afterAll(async () => {
    await product?.stop();
  }, 30_000);

  const as =
    (token: string) => (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
      product.rest(token, method, path, body, headers);
  const code = ({ status, body }: Answer) => [status, body?.code];
  const created = async (path: string, body: unknown): Promise<Json> => {
    const answer = await as(admin)('POST', path, body);
    expect(code(answer)).toEqual([201, undefined]);
    expect(answer.headers.get('location')).toBe(
      `/api/v1${path}/${path.endsWith('tokens') || path.endsWith('members') ? answer.body.id : answer.body.name}`.replace(
        /^.*\/tenants\/[^/]+\/projects\//,
        '/api/v1/projects/',
      ),
    );
    return answer.body;
  };
  const robot = async (tenant: string, name: string, bindings: Json[]): Promise<string> => {
    await created(`/tenants/${tenant}/service-accounts`, { name, bindings });
    return (
      await created(`/tenants/${tenant}/service-accounts/${name}/tokens`, { name: 'ci', expiresIn: '1h' })
    ).token;
  };

  it('begins with a tenant, a project and a token that stays', async () => {
    const file = join(product.dataDirectory, 'admin-token');
    expect(readFileSync(file, 'utf8').trim()).toBe(admin);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await product.app.get(Bootstrap, { strict: false }).ensureDemo(product)).toBe(admin);
    const { body: me } = await as(admin)('GET', '/me');
    expect(me).toMatchObject({
      principal: { type: 'user', name: 'admin' },
      token: { scopes: null },
      bindings: [{ role: 'platform-admin', scope: 'platform', tenant: null, project: null, expiresAt: null }],
    });
    expect(me.permissions.platform).toContain('tenants:create');
    expect(me.permissions.projects.demo).toContain('vms:create');
    const days = (Date.parse(me.token.expiresAt) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(89.9);
    expect(days).toBeLessThan(90.1);
  });

  it('refuses tokens of every wrong kind with the same answer', async () => {
    const wrong = ['', 'vgt_', `vgt_${'x'.repeat(43)}`, `${admin}x`, 'Basic abc'];
    for (const token of wrong) {
      expect([token, ...code(await as(token)('GET', '/me'))]).toEqual([token, 401, 'auth.unauthenticated']);
    }
  });

  it('makes, shows, changes and deletes a tenant', async () => {
    const tenant = await created('/tenants', { name: 'acme', displayName: 'Acme' });
    expect(tenant).toMatchObject({ name: 'acme', displayName: 'Acme' });
    expect(code(await as(admin)('POST', '/tenants', { name: 'acme' }))).toEqual([409, 'tenant.exists']);
    expect(code(await as(admin)('POST', '/tenants', { name: 'Not A Name' }))).toEqual([
      400,
      'request.invalid',
    ]);
    expect(code(await as(admin)('POST', '/tenants', { name: 'x', color: 'red' }))).toEqual([
      400,
      'request.invalid',
    ]);
    const read = await as(admin)('GET', '/tenants/acme');
    const etag = read.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"/);
    expect((await as(admin)('GET', '/tenants/acme', undefined, { 'if-none-match': etag })).status).toBe(304);
    const patched = await as(admin)('PATCH', '/tenants/acme', { displayName: null }, { 'if-match': etag });
    expect([patched.status, patched.body.displayName]).toEqual([200, null]);
    const late = await as(admin)('PATCH', '/tenants/acme', { displayName: 'x' }, { 'if-match': etag });
    expect(code(late)).toEqual([412, 'request.precondition_failed']);
    await created('/tenants', { name: 'short-lived' });
    expect((await as(admin)('DELETE', '/tenants/short-lived')).status).toBe(204);
    expect(code(await as(admin)('GET', '/tenants/short-lived'))).toEqual([404, 'resource.not_found']);
    const { body: list } = await as(admin)('GET', '/tenants?limit=1');
    expect([list.total, list.items.map(({ name }: Json) => name)]).toEqual([2, ['acme']]);
    const { body: rest } = await as(admin)('GET', `/tenants?limit=1&cursor=${list.nextCursor}`);
    expect([rest.items.map(({ name }: Json) => name), rest.nextCursor]).toEqual([['demo'], null]);
  });

  it('does nothing on a dry run', async () => {
    const dry = await as(admin)('POST', '/tenants?dryRun=true', { name: 'only-a-dream' });
    expect([dry.status, dry.body.name]).toEqual([201, 'only-a-dream']);
    expect((await as(admin)('GET', '/tenants/only-a-dream')).status).toBe(404);
    const token = await as(admin)('POST', '/tokens?dryRun=true', { name: 'dream', expiresIn: '1h' });
    expect([token.status, token.body.token]).toEqual([201, null]);
  });

  it('makes, shows, changes and deletes a project', async () => {
    const project = await created('/tenants/acme/projects', { name: 'shop', labels: { env: 'prod' } });
    expect(project).toMatchObject({
      name: 'shop',
      tenant: 'acme',
      state: 'Provisioning',
      labels: { env: 'prod' },
    });
    expect(project.namespace).toMatch(/^vg-shop-[0-9a-f]{5}$/);
    expect(code(await as(admin)('POST', '/tenants/demo/projects', { name: 'shop' }))).toEqual([
      409,
      'project.exists',
    ]);
    await until('the project is Active', async () => {
      return (await as(admin)('GET', '/projects/shop')).body.state === 'Active';
    });
    const patched = await as(admin)('PATCH', '/projects/shop', { labels: { env: null, team: 'a' } });
    expect(patched.body.labels).toEqual({ team: 'a' });
    const names = async (query: string) =>
      (await as(admin)('GET', `/projects?${query}`)).body.items.map(({ name }: Json) => name);
    expect(await names('label=team=a')).toEqual(['shop']);
    expect(await names('q=HO')).toEqual(['shop']);
    expect(await names('state=Failed')).toEqual([]);
    expect(code(await as(admin)('DELETE', '/tenants/acme'))).toEqual([409, 'tenant.not_empty']);
    const deleted = await as(admin)('DELETE', '/projects/shop');
    expect([deleted.status, deleted.body.state]).toEqual([202, 'Deleting']);
    await until('the project is gone', async () => {
      return (await as(admin)('GET', '/projects/shop')).status === 404;
    });
  }, 40_000);

  it("shows another project's token nothing", async () => {
    await created('/tenants', { name: 'strangers' });
    await created('/tenants/strangers/projects', { name: 'elsewhere' });
    const stranger = as(await robot('strangers', 'bot', [{ role: 'admin', project: 'elsewhere' }]));
    for (const [method, path, body] of [
      ['GET', '/projects/demo'],
      ['PATCH', '/projects/demo', {}],
      ['DELETE', '/projects/demo'],
      ['GET', '/projects/demo/members'],
      ['POST', '/projects/demo/members', { user: 'eve', role: 'viewer' }],
      ['GET', '/tenants/demo'],
      ['GET', '/tenants/demo/projects'],
      ['POST', '/tenants/demo/projects', { name: 'mine' }],
      ['GET', '/tenants/demo/members'],
      ['GET', '/tenants/demo/service-accounts'],
      ['POST', '/tenants/demo/service-accounts', { name: 'x' }],
    ] as const) {
      expect([method, path, (await stranger(method, path, body)).status]).toEqual([method, path, 404]);
    }
    const missing = await stranger('GET', '/projects/nowhere');
    const foreign = await stranger('GET', '/projects/demo');
    expect({
      ...foreign.body,
      requestId: '',
      detail: foreign.body.detail.replace('demo', 'nowhere'),
    }).toEqual({
      ...missing.body,
      requestId: '',
    });
    expect((await stranger('GET', '/projects')).body).toMatchObject({
      total: 1,
      items: [{ name: 'elsewhere' }],
    });
    expect((await stranger('GET', '/tenants')).body).toMatchObject({ total: 0, items: [] });
    // Its own tenant it may know of, but it has no right on all of it.
    expect(code(await stranger('GET', '/tenants/strangers/members'))).toEqual([403, 'auth.forbidden']);
    expect(code(await stranger('POST', '/tenants', { name: 'mine' }))).toEqual([403, 'auth.forbidden']);
    expect(JSON.stringify((await stranger('GET', '/me')).body)).not.toContain('demo');
  });

  it('lets nobody grant what they do not hold', async () => {
    const boss = as(await robot('strangers', 'boss', [{ role: 'admin' }]));
    const path = '/tenants/strangers/service-accounts';
    expect((await boss('POST', path, { name: 'helper', bindings: [{ role: 'editor' }] })).status).toBe(201);
    expect(code(await boss('POST', path, { name: 'god', bindings: [{ role: 'platform-admin' }] }))).toEqual([
      422,
      'role.not_assignable',
    ]);
    expect(
      code(await boss('POST', path, { name: 'thief', bindings: [{ role: 'viewer', project: 'demo' }] })),
    ).toEqual([404, 'resource.not_found']);
    expect(code(await boss('POST', path, { name: 'odd', bindings: [{ role: 'none' }] }))).toEqual([
      422,
      'role.unknown',
    ]);
    // A manager of members and accounts who may nothing else.
    const { token } = (
      await as(admin)('POST', '/tokens', {
        name: 'hr',
        expiresIn: '1h',
        scopes: ['members:manage', 'service-accounts:manage', 'tenants:read'],
      })
    ).body;
    const hr = as(token);
    expect(code(await hr('POST', '/tenants/strangers/members', { user: 'eve', role: 'viewer' }))).toEqual([
      403,
      'access.grant_exceeds_own',
    ]);
    expect(code(await hr('POST', path, { name: 'eve', bindings: [{ role: 'viewer' }] }))).toEqual([
      403,
      'access.grant_exceeds_own',
    ]);
    expect(code(await hr('POST', `${path}/boss/tokens`, { name: 'steal', expiresIn: '1h' }))).toEqual([
      403,
      'token.scope_not_held',
    ]);
    expect(
      (await hr('POST', `${path}/boss/tokens`, { name: 'ok', expiresIn: '1h', scopes: ['members:manage'] }))
        .status,
    ).toBe(201);
  });

  it('narrows tokens, and no narrow token makes a wider or a longer one', async () => {
    const narrow = await created('/tokens', {
      name: 'narrow',
      expiresIn: '2h',
      scopes: ['projects:read', 'tokens:create'],
    });
    expect(narrow).toMatchObject({
      name: 'narrow',
      scopes: ['projects:read', 'tokens:create'],
      lastUsedAt: null,
    });
    const call = as(narrow.token);
    expect((await call('GET', '/projects/demo')).status).toBe(200);
    expect(code(await call('PATCH', '/projects/demo', {}))).toEqual([403, 'auth.forbidden']);
    expect(
      code(await call('POST', '/tokens', { name: 'x', expiresIn: '1h', scopes: ['projects:delete'] })),
    ).toEqual([403, 'token.scope_not_held']);
    const child = await call('POST', '/tokens', { name: 'child', expiresIn: '30d' });
    expect(child.body.scopes).toEqual(['projects:read', 'tokens:create']);
    expect(child.body.expiresAt).toBe(narrow.expiresAt);
    const reader = await created('/tokens', { name: 'reader', expiresIn: '1h', scopes: ['projects:read'] });
    expect(code(await as(reader.token)('POST', '/tokens', { name: 'x', expiresIn: '1h' }))).toEqual([
      403,
      'auth.forbidden',
    ]);
    expect((await as(reader.token)('GET', '/tokens')).body.items.map(({ id }: Json) => id)).toEqual([
      reader.id,
    ]);
    expect((await as(reader.token)('DELETE', `/tokens/${narrow.id}`)).status).toBe(404);
    for (const expiresIn of ['0m', '366d', '1y', 'soon']) {
      expect(code(await as(admin)('POST', '/tokens', { name: 'x', expiresIn }))).toEqual([
        400,
        'token.expiry_invalid',
      ]);
    }
    const unknown = await as(admin)('POST', '/tokens', { name: 'x', expiresIn: '1h', scopes: ['vms:fly'] });
    expect(code(unknown)).toEqual([400, 'request.invalid']);
    expect(JSON.stringify((await as(admin)('GET', '/tokens')).body)).not.toContain('vgt_');
  });

  it('ends a revoked token at once, and only by its owner', async () => {
    const token = await created('/tokens', { name: 'brief', expiresIn: '1h' });
    expect((await as(token.token)('GET', '/me')).status).toBe(200);
    const other = as(await robot('strangers', 'other', [{ role: 'admin' }]));
    expect((await other('DELETE', `/tokens/${token.id}`)).status).toBe(404);
    expect((await as(admin)('DELETE', `/tokens/${token.id}`)).status).toBe(204);
    expect(code(await as(token.token)('GET', '/me'))).toEqual([401, 'auth.unauthenticated']);
    expect((await as(admin)('DELETE', `/tokens/${token.id}`)).status).toBe(404);
  });

  it('gives, changes and takes away roles, with effect at once', async () => {
    const token = as(await robot('strangers', 'member', []));
    expect((await token('GET', '/projects/elsewhere')).status).toBe(404);
    const member = await created('/projects/elsewhere/members', { serviceAccount: 'member', role: 'viewer' });
    expect((await token('GET', '/projects/elsewhere')).status).toBe(200);
    expect(code(await token('PATCH', '/projects/elsewhere', {}))).toEqual([403, 'auth.forbidden']);
    const path = `/projects/elsewhere/members/${member.id}`;
    expect((await as(admin)('PUT', path, { role: 'admin' })).body.role).toBe('admin');
    expect((await token('PATCH', '/projects/elsewhere', {})).status).toBe(200);
    expect((await as(admin)('DELETE', path)).status).toBe(204);
    expect((await token('GET', '/projects/elsewhere')).status).toBe(404);

    const twice = { user: 'ada@example.com', role: 'viewer', expiresAt: '2099-01-01T00:00:00Z' };
    await created('/projects/elsewhere/members', twice);
    expect(code(await as(admin)('POST', '/projects/elsewhere/members', twice))).toEqual([
      409,
      'member.exists',
    ]);
    for (const body of [
      { role: 'viewer' },
      { user: 'a', serviceAccount: 'member', role: 'viewer' },
      { user: 'ada', role: 'viewer', expiresAt: '2001-01-01T00:00:00Z' },
    ]) {
      expect([body, (await as(admin)('POST', '/projects/elsewhere/members', body)).status]).toEqual([
        body,
        400,
      ]);
    }
  });

  it('ends the tokens of a service account with it', async () => {
    const token = as(await robot('strangers', 'leaver', [{ role: 'viewer' }]));
    expect((await token('GET', '/projects/elsewhere')).status).toBe(200);
    expect((await as(admin)('DELETE', '/tenants/strangers/service-accounts/leaver')).status).toBe(204);
    expect((await token('GET', '/me')).status).toBe(401);
  });

  it('lists the roles', async () => {
    const { body } = await as(admin)('GET', '/roles');
    expect(body.items.map(({ name }: Json) => name)).toEqual([
      'admin',
      'editor',
      'operator',
      'platform-admin',
      'viewer',
    ]);
    expect(body.items.at(-1).permissions).not.toContain('consoles:open');
  });

  it('shows what goes with a tenant, and what is in the way, to who may delete it', async () => {
    const tenant = '/tenants/parting';
    expect((await as(admin)('POST', '/tenants', { name: 'parting' })).status).toBe(201);
    const contents = async () => (await as(admin)('GET', `${tenant}/associated-resources`)).body;
    expect(await contents()).toEqual({ projects: [], serviceAccounts: [], members: 0, roles: [] });
    await as(admin)('POST', `${tenant}/projects`, { name: 'parting-one' });
    const role = { name: 'ops', tenant: 'parting', permissions: ['vms:read'] };
    expect((await as(admin)('POST', '/roles', role)).status).toBe(201);
    const head = as(await robot('parting', 'head', [{ role: 'admin' }]));
    await as(admin)('POST', `${tenant}/service-accounts`, { name: 'tokenless', bindings: [] });
    const revoked = await as(admin)('POST', `${tenant}/service-accounts/tokenless/tokens`, {
      name: 'gone',
      expiresIn: '1h',
    });
    await as(admin)('DELETE', `${tenant}/service-accounts/tokenless/tokens/${revoked.body.id}`);
    const all = {
      projects: ['parting-one'],
      serviceAccounts: [
        { name: 'head', tokens: 1 },
        { name: 'tokenless', tokens: 0 },
      ],
      members: 1,
      roles: ['parting.ops'],
    };
    expect(await contents()).toEqual(all);
    const { data } = await product.graphql(
      admin,
      `{ tenant(name: "parting") { associatedResources {
           projects serviceAccounts { name tokens } members roles } } }`,
    );
    expect(data.tenant.associatedResources).toEqual(all);
    // The tenant's own admin may not delete it.
    expect((await head('GET', `${tenant}/associated-resources`)).status).toBe(403);
  });
});
