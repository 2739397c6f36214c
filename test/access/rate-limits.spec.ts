import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { Bootstrap } from '../../src/features/access/commands/bootstrap.js';
import { type Answer, type Json, Product, until } from './product.js';

/** Windows last a minute; no test here waits for one to end. */
describe('rate limits', () => {
  let product: Product;
  let admin: string;

  beforeAll(async () => {
    product = await Product.start({ principal: 40, tenant: 60, failedSignIns: 5 });
    admin = await product.app.get(Bootstrap, { strict: false }).ensureDemo(product);
    for (const tenant of ['acme', 'rival', 'live'])
      await product.rest(admin, 'POST', '/tenants', { name: tenant });
  }, 60_000);

  afterAll(async () => {
    await product?.stop();
  }, 30_000);

  let count = 0;
  const robot = async (tenant: string, token: object = {}): Promise<{ name: string; token: string }> => {
    count += 1;
    const name = `robot-${count}`;
    const path = `/tenants/${tenant}/service-accounts`;
    await product.rest(admin, 'POST', path, { name, bindings: [{ role: 'viewer' }] });
    const body = { name: 'ci', expiresIn: '1h', ...token };
    const made = await product.rest(admin, 'POST', `${path}/${name}/tokens`, body);
    expect(made.status).toBe(201);
    return { name, token: made.body.token };
  };
  const me = (token: string, headers = {}) => product.rest(token, 'GET', '/me', undefined, headers);
  const left = ({ headers }: Answer, name: string): number =>
    Number(new RegExp(`"${name}";r=(\\d+);t=\\d+`).exec(headers.get('ratelimit') ?? '')?.[1]);
  const document = (token: string, query: string) =>
    fetch(`${product.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });

  it('are told with every answer, and one count is for REST and GraphQL', async () => {
    const { token } = await robot('acme');
    const first = await me(token);
    expect(first.headers.get('ratelimit-policy')).toBe('"principal";q=40;w=60');
    expect(left(first, 'principal')).toBe(39);
    const second = await document(token, '{ me { principal { name } } }');
    expect(second.headers.get('ratelimit')).toMatch(/^"principal";r=38;t=\d+$/);
    expect(left(await me(token), 'principal')).toBe(37);
    // GraphQL by cost: two pages of 200 with what is in them.
    const page =
      'projects(first: 200) { nodes { id name namespace members(first: 10) { nodes { id role } } } }';
    const dear = await document(token, `{ ${[1, 2].map((i) => `p${i}: ${page}`).join(' ')} }`);
    const { extensions, errors } = (await dear.json()) as Json;
    expect(errors).toBeUndefined();
    const points = Math.ceil(extensions.cost.requested / 500);
    expect(points).toBeGreaterThan(1);
    expect(left(await me(token), 'principal')).toBe(37 - points - 1);
  });

  it('end with 429 and the time to wait, over REST and GraphQL, and are nobody else’s', async () => {
    const { token } = await robot('rival');
    let last = await me(token);
    for (let i = 1; i < 40; i += 1) last = await me(token);
    expect([last.status, left(last, 'principal')]).toEqual([200, 0]);
    const refused = await me(token);
    expect([refused.status, refused.body.code]).toEqual([429, 'request.rate_limited']);
    const wait = Number(refused.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    const graphql = await document(token, '{ me { principal { name } } }');
    expect(graphql.status).toBe(429);
    expect(graphql.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(((await graphql.json()) as Json).errors[0].extensions).toMatchObject({
      code: 'request.rate_limited',
    });
    expect((await me((await robot('rival')).token)).status).toBe(200);
  });

  it('of a tenant hold for all who ask about it together, but not for the platform', async () => {
    const tokens = await Promise.all([robot('acme'), robot('acme')]);
    let answer: Answer | undefined;
    for (let i = 0; i < 60; i += 1)
      answer = await product.rest(tokens[i % 2]?.token ?? '', 'GET', '/tenants/acme');
    expect(left(answer as Answer, 'tenant')).toBe(0);
    const refused = await product.rest((await robot('acme')).token, 'GET', '/tenants/acme');
    expect([refused.status, refused.body.details.limit]).toEqual([429, 'tenant']);
    const graphql = await product.graphql(tokens[0]?.token ?? '', '{ tenant(name: "acme") { name } }');
    expect(graphql.errors[0].extensions.code).toBe('request.rate_limited');
    expect((await product.rest(admin, 'GET', '/tenants/acme')).status).toBe(200);
  });

  it('of one token are its own', async () => {
    const { name, token } = await robot('live', { requestsPerMinute: 3 });
    for (let i = 2; i >= 0; i -= 1) expect(left(await me(token), 'token')).toBe(i);
    expect((await me(token)).body).toMatchObject({
      code: 'request.rate_limited',
      details: { limit: 'token' },
    });
    const path = `/tenants/live/service-accounts/${name}/tokens`;
    const other = await product.rest(admin, 'POST', path, { name: 'other', expiresIn: '1h' });
    expect((await me(other.body.token)).status).toBe(200);
  });

  it('hold for operations on a websocket', async () => {
    const { token } = await robot('live', { requestsPerMinute: 2 });
    const client = createClient({
      url: `${product.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${token}` },
      retryAttempts: 0,
    });
    try {
      const ask = () =>
        new Promise<Json>((resolve) => {
          client.subscribe(
            { query: '{ me { principal { name } } }' },
            { next: (value) => resolve(value.data), error: resolve, complete: () => {} },
          );
        });
      for (let i = 0; i < 2; i += 1) expect(await ask()).toHaveProperty('me');
      expect(((await ask()) as Json)[0].extensions.code).toBe('request.rate_limited');
    } finally {
      await client.dispose();
    }
  });

  it('stop an address that tries out credentials, but not who signs in from there with a good one', async () => {
    const good = (await robot('live')).token;
    await me(good);
    const tried: number[] = [];
    for (let i = 0; i < 7; i += 1) tried.push((await me(`vgt_${String(i).repeat(43)}`)).status);
    expect(tried).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const answer = await me(`vgt_${'x'.repeat(43)}`);
    expect([answer.body.code, Number(answer.headers.get('retry-after')) > 0]).toEqual([
      'request.rate_limited',
      true,
    ]);
    const graphql = await document('vgt_nonsense', '{ __typename }');
    expect(graphql.status).toBe(429);
    // Whoever shows none is told so, as always; whoever was known stays known; a header that names another address helps nobody.
    expect((await fetch(`${product.url}/api/v1/me`)).status).toBe(401);
    await until('the good one is answered', async () => (await me(good)).status === 200);
    expect((await me(`vgt_${'y'.repeat(43)}`, { 'x-forwarded-for': '198.51.100.9' })).status).toBe(429);
  });
});
