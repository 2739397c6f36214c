import { Bootstrap } from '../../src/features/access/commands/bootstrap.js';
import { type Answer, type Json, Product, until } from './product.js';

describe("roles of one's own", () => {
  let product: Product;
  let admin: string;

  beforeAll(async () => {
    product = await Product.start();
    admin = await product.app.get(Bootstrap, { strict: false }).ensureDemo(product);
    for (const [tenant, project] of [
      ['acme', 'shop'],
      ['rival', 'store'],
    ]) {
      await created('/tenants', { name: tenant });
      await created(`/tenants/${tenant}/projects`, { name: project });
    }
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
    return answer.body;
  };
  let count = 0;
  const robot = async (tenant: string, bindings: Json[], token: object = {}): Promise<string> => {
    count += 1;
    const name = `robot-${count}`;
    await created(`/tenants/${tenant}/service-accounts`, { name, bindings });
    const more = { name: 'ci', expiresIn: '1h', ...token };
    return (await created(`/tenants/${tenant}/service-accounts/${name}/tokens`, more)).token;
  };
  const permissionsIn = async (token: string, project: string): Promise<string[]> =>
    (await as(token)('GET', '/me')).body.permissions.projects[project];

  it('are made, shown, changed with their version, and deleted', async () => {
    const made = await as(admin)('POST', '/roles', {
      name: 'starter',
      description: 'Switches machines on',
      permissions: ['vms:start', 'vms:read', 'vms:start'],
    });
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe('/api/v1/roles/starter');
    expect(made.body).toEqual({
      name: 'starter',
      description: 'Switches machines on',
      builtIn: false,
      ofTenant: false,
      permissions: ['vms:read', 'vms:start'],
    });
    expect(code(await as(admin)('POST', '/roles', { name: 'starter', permissions: ['vms:read'] }))).toEqual([
      409,
      'role.exists',
    ]);
    const etag = made.headers.get('etag') ?? '';
    const patched = await as(admin)(
      'PATCH',
      '/roles/starter',
      { permissions: ['vms:read'] },
      { 'if-match': etag },
    );
    expect([patched.status, patched.body.permissions, patched.body.description]).toEqual([
      200,
      ['vms:read'],
      'Switches machines on',
    ]);
    expect(code(await as(admin)('DELETE', '/roles/starter', undefined, { 'if-match': etag }))).toEqual([
      412,
      'request.precondition_failed',
    ]);
    expect((await as(admin)('DELETE', '/roles/starter')).status).toBe(204);
    expect(code(await as(admin)('GET', '/roles/starter'))).toEqual([404, 'resource.not_found']);
    for (const permissions of [[], ['vms:fly'], 'vms:read', undefined]) {
      expect(code(await as(admin)('POST', '/roles', { name: 'bad', permissions }))).toEqual([
        400,
        'request.invalid',
      ]);
    }
  });

  it('that are built in stay as they are', async () => {
    expect(code(await as(admin)('PATCH', '/roles/viewer', { permissions: ['vms:delete'] }))).toEqual([
      409,
      'role.built_in',
    ]);
    expect(code(await as(admin)('DELETE', '/roles/platform-admin'))).toEqual([409, 'role.built_in']);
    expect(code(await as(admin)('POST', '/roles', { name: 'admin', permissions: ['vms:read'] }))).toEqual([
      409,
      'role.exists',
    ]);
  });

  it('of a tenant are its own: nobody else sees, changes or gives them', async () => {
    const boss = await robot('acme', [{ role: 'admin' }]);
    const rival = await robot('rival', [{ role: 'admin' }]);
    const made = await as(boss)('POST', '/roles', {
      name: 'ops',
      tenant: 'acme',
      permissions: ['vms:start'],
    });
    expect([made.status, made.body.name, made.body.ofTenant]).toEqual([201, 'acme.ops', true]);
    // The same word in another tenant is another role, and no proof that this one exists.
    const twin = await as(rival)('POST', '/roles', {
      name: 'ops',
      tenant: 'rival',
      permissions: ['vms:read'],
    });
    expect([twin.status, twin.body.name]).toEqual([201, 'rival.ops']);
    const names = async (token: string) =>
      (await as(token)('GET', '/roles?q=ops')).body.items.map(({ name }: Json) => name);
    expect([await names(boss), await names(rival), await names(admin)]).toEqual([
      ['acme.ops'],
      ['rival.ops'],
      ['acme.ops', 'rival.ops'],
    ]);
    const missing = await as(rival)('GET', '/roles/acme.none');
    for (const [method, body] of [['GET'], ['PATCH', { permissions: ['vms:read'] }], ['DELETE']] as const) {
      const answer = await as(rival)(method, '/roles/acme.ops', body);
      expect(code(answer)).toEqual([404, 'resource.not_found']);
      expect(answer.body.detail.replace('ops', 'none')).toBe(missing.body.detail);
    }
    expect(
      code(await as(rival)('POST', '/roles', { name: 'x', tenant: 'acme', permissions: ['vms:read'] })),
    ).toEqual([404, 'resource.not_found']);
    expect(code(await as(boss)('POST', '/roles', { name: 'x', permissions: ['vms:read'] }))).toEqual([
      403,
      'auth.forbidden',
    ]);
    // Not even somebody who may everything gives it where it is not at home.
    expect(
      code(await as(admin)('POST', '/projects/store/members', { user: 'eve', role: 'acme.ops' })),
    ).toEqual([422, 'role.unknown']);
    expect(
      (await as(admin)('POST', '/projects/shop/members', { user: 'eve', role: 'acme.ops' })).status,
    ).toBe(201);
    expect(code(await as(boss)('DELETE', '/roles/acme.ops'))).toEqual([409, 'role.in_use']);
  });

  it('hold no more than their makers hold, today and after each change', async () => {
    await created('/roles', {
      name: 'hr',
      permissions: ['members:manage', 'roles:manage', 'vms:read', 'tenants:read'],
    });
    const hr = await robot('acme', [{ role: 'hr' }]);
    const post = (permissions: string[]) =>
      as(hr)('POST', '/roles', { name: 'mine', tenant: 'acme', permissions });
    expect(code(await post(['vms:delete']))).toEqual([403, 'access.grant_exceeds_own']);
    expect(code(await post(['tenants:create']))).toEqual([403, 'access.grant_exceeds_own']);
    expect((await post(['vms:read'])).status).toBe(201);
    // Given to somebody else, then widened: the way around a check at the giving.
    const puppet = await robot('acme', [{ role: 'acme.mine', project: 'shop' }]);
    expect(await permissionsIn(puppet, 'shop')).toEqual(['vms:read']);
    expect(
      code(await as(hr)('PATCH', '/roles/acme.mine', { permissions: ['vms:read', 'vms:delete'] })),
    ).toEqual([403, 'access.grant_exceeds_own']);
    expect(await permissionsIn(puppet, 'shop')).toEqual(['vms:read']);
    // Somebody who holds it may add it; from then on the lesser one cannot give the role any more.
    const boss = await robot('acme', [{ role: 'admin' }]);
    expect(
      (await as(boss)('PATCH', '/roles/acme.mine', { permissions: ['vms:read', 'vms:delete'] })).status,
    ).toBe(200);
    await until('the holder has it', async () =>
      (await permissionsIn(puppet, 'shop')).includes('vms:delete'),
    );
    expect(code(await as(hr)('POST', '/tenants/acme/members', { user: 'zoe', role: 'acme.mine' }))).toEqual([
      403,
      'access.grant_exceeds_own',
    ]);
    // To take away is not to grant.
    expect((await as(hr)('PATCH', '/roles/acme.mine', { permissions: ['vms:read'] })).status).toBe(200);
    await until(
      'it is gone again',
      async () => !(await permissionsIn(puppet, 'shop')).includes('vms:delete'),
    );
  });

  it('are not widened through a narrow token', async () => {
    const narrow = await robot('acme', [{ role: 'admin' }], { scopes: ['roles:manage', 'vms:read'] });
    expect(
      code(await as(narrow)('POST', '/roles', { name: 'n', tenant: 'acme', permissions: ['vms:stop'] })),
    ).toEqual([403, 'access.grant_exceeds_own']);
  });

  it('do the same over GraphQL', async () => {
    const create = `mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { name ofTenant permissions } } }`;
    const input = { name: 'gql', tenant: 'acme', permissions: ['vms:read'] };
    const rival = await robot('rival', [{ role: 'admin' }]);
    expect((await product.graphql(rival, create, { input })).errors[0].extensions.code).toBe(
      'resource.not_found',
    );
    const { data } = await product.graphql(admin, create, { input });
    expect(data.createRole.role).toEqual({ name: 'acme.gql', ofTenant: true, permissions: ['vms:read'] });
    const update = `mutation { updateRole(input: { role: "acme.gql", description: "d" }) { role { description } } }`;
    expect((await product.graphql(admin, update)).data.updateRole.role.description).toBe('d');
    const read = '{ role(name: "acme.gql") { name } roles { name } }';
    expect((await product.graphql(admin, read)).data.role.name).toBe('acme.gql');
    expect(
      (await product.graphql(rival, '{ roles { name } }')).data.roles.map(({ name }: Json) => name),
    ).not.toContain('acme.gql');
    const remove = 'mutation { deleteRole(input: { role: "acme.gql" }) { deletedName } }';
    expect((await product.graphql(rival, remove)).errors[0].extensions.code).toBe('resource.not_found');
    expect((await product.graphql(admin, remove)).data.deleteRole.deletedName).toBe('acme.gql');
  });

  it('end with their binding', async () => {
    const expiresAt = new Date(Date.now() + 2_000).toISOString();
    const brief = await robot('acme', [{ role: 'viewer', project: 'shop', expiresAt }]);
    await until(
      'the binding has expired',
      async () => (await as(brief)('GET', '/projects/shop')).status === 404,
    );
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
  });

  describe('tokens', () => {
    it('make no tokens unless it was said', async () => {
      const plain = await robot('acme', [{ role: 'admin' }]);
      expect(code(await as(plain)('POST', '/tokens', { name: 'x', expiresIn: '1h' }))).toEqual([
        403,
        'auth.forbidden',
      ]);
      // Nor through a service account that they may manage.
      await as(plain)('POST', '/tenants/acme/service-accounts', {
        name: 'detour',
        bindings: [{ role: 'editor' }],
      });
      const detour = '/tenants/acme/service-accounts/detour/tokens';
      const longer = await as(plain)('POST', detour, { name: 'x', expiresIn: '365d' });
      expect([longer.status, Date.parse(longer.body.expiresAt) - Date.now() < 3_600_000]).toEqual([
        201,
        true,
      ]);
      for (const more of [{ mayCreateTokens: true }, { scopes: ['tokens:create'] }]) {
        const answer = await as(plain)('POST', detour, { name: 'x', expiresIn: '1h', ...more });
        expect(code(answer)).toEqual([403, 'token.scope_not_held']);
      }

      const maker = await robot('acme', [{ role: 'admin' }], { mayCreateTokens: true });
      const made = await as(maker)('POST', '/tokens', {
        name: 'child',
        expiresIn: '1h',
        requestsPerMinute: 60,
      });
      expect([made.status, made.body.mayCreateTokens, made.body.requestsPerMinute]).toEqual([201, false, 60]);
      expect((await as(made.body.token)('POST', '/tokens', { name: 'x', expiresIn: '1h' })).status).toBe(403);
      const scoped = await robot('acme', [{ role: 'admin' }], { scopes: ['tokens:create', 'vms:read'] });
      const child = await as(scoped)('POST', '/tokens', { name: 'x', expiresIn: '1h' });
      expect([child.status, child.body.scopes]).toEqual([201, ['tokens:create', 'vms:read']]);
    });
  });
});
