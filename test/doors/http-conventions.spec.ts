import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { bearer, type Fixture, startFixture } from './fixture-app.js';

describe('HTTP conventions', () => {
  let fixture: Fixture;
  const editor = bearer('editor');
  const widgets = '/api/v1/projects/blue/widgets';

  beforeAll(async () => {
    fixture = await startFixture({ http: { bodyLimit: 10_000 } });
  });
  afterAll(() => fixture.close());

  // biome-ignore lint/suspicious/noExplicitAny: answers are what the tests look into.
  type Answer = Omit<Response, 'json'> & { json(): Promise<any> };
  const call = (path: string, init: RequestInit = {}): Promise<Answer> =>
    fetch(`${fixture.url}${path}`, init);
  const json = (method: string, body: unknown, headers: Record<string, string> = {}) => ({
    method,
    headers: { ...editor, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

  async function problem(response: Answer, status: number, code: string) {
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const body = await response.json();
    expect([response.status, body.code]).toEqual([status, code]);
    expect(body).toMatchObject({
      type: `/errors#${code}`,
      status,
      requestId: response.headers.get('x-request-id'),
    });
    expect(body.title).toEqual(expect.any(String));
    expect(body.detail).toEqual(expect.any(String));
    return body;
  }

  it('answers a handler, with the security headers and without a trace of the framework', async () => {
    const response = await call('/api/v1/hello');
    expect(await response.json()).toEqual({ hello: 'world' });
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-powered-by')).toBeNull();
    expect(response.headers.get('etag')).toBeNull();
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  describe('request ids', () => {
    it('are taken from the caller when they are safe, and reach the handler', async () => {
      const response = await call('/api/v1/me', { headers: { ...editor, 'x-request-id': 'trace-1.a:b' } });
      expect(response.headers.get('x-request-id')).toBe('trace-1.a:b');
      expect((await response.json()).requestId).toBe('trace-1.a:b');
    });

    it.each(['a'.repeat(129), 'with space', 'semi;colon', '"quoted"'])(
      'are made when %p is sent',
      async (id) => {
        const response = await call('/api/v1/hello', { headers: { 'x-request-id': id } });
        expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      },
    );
  });

  describe('bodies', () => {
    it('reach the handler with its context', async () => {
      const response = await call(widgets, json('POST', { name: 'a', size: 1, parts: [{ name: 'p' }] }));
      expect(response.status).toBe(201);
      expect(response.headers.get('location')).toBe(`${widgets}/a`);
      expect(await response.json()).toMatchObject({ name: 'a', namespace: 'vg-blue', by: 'editor' });
    });

    it('are refused field by field, nested fields included', async () => {
      const body = { name: 'Nö', size: '3', color: 'red', parts: [{ name: 1, x: 2 }] };
      const { errors } = await problem(await call(widgets, json('POST', body)), 400, 'request.invalid');
      const pointers = errors.map(
        (error: { pointer: string; code: string }) => `${error.pointer} ${error.code}`,
      );
      expect(pointers.sort()).toEqual(
        [
          '/color unknown_field',
          '/name matches',
          '/parts/0/name is_string',
          '/parts/0/x unknown_field',
          '/size is_int',
          '/size min',
        ].sort(),
      );
    });

    it.each([
      ['broken JSON', '{"name":', 400, 'request.malformed'],
      [
        'a key that reaches the prototype',
        '{"name":"a","__proto__":{"admin":true}}',
        400,
        'request.malformed',
      ],
      ['constructor.prototype', '{"name":"a","constructor":{"prototype":{"x":1}}}', 400, 'request.malformed'],
      ['an array', '[]', 400, 'request.invalid'],
      ['a string', '"name"', 400, 'request.invalid'],
      ['null', 'null', 400, 'request.invalid'],
      ['nothing at all', '', 400, 'request.invalid'],
      ['too much', JSON.stringify({ name: 'a'.repeat(20_000) }), 413, 'request.too_large'],
    ])('that are %s are refused', async (_name, body, status, code) => {
      await problem(await call(widgets, json('POST', body)), status as number, code as string);
    });

    it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/xml'])(
      'of type %s are refused',
      async (type) => {
        const response = await call(widgets, json('POST', 'name=a', { 'content-type': type }));
        await problem(response, 415, 'request.unsupported_media_type');
      },
    );

    it('may be merge patches for PATCH only', async () => {
      const type = { 'content-type': 'application/merge-patch+json' };
      const patched = await call(`${widgets}/a`, json('PATCH', { size: 2 }, type));
      expect(await patched.json()).toEqual({ name: 'a', size: 2 });
      expect((await call(`${widgets}/a`, json('PATCH', { size: 2 }))).status).toBe(200);
      await problem(
        await call(widgets, json('POST', { name: 'a' }, type)),
        415,
        'request.unsupported_media_type',
      );
    });
  });

  describe('queries', () => {
    it('page through a list', async () => {
      const first = await (await call(`${widgets}?limit=2&q=w-00`, { headers: editor })).json();
      expect(first.items.map((item: { name: string }) => item.name)).toEqual(['w-0000', 'w-0001']);
      expect(first.total).toBe(100);
      const second = await call(`${widgets}?limit=2&q=w-00&cursor=${first.nextCursor}`, { headers: editor });
      expect((await second.json()).items[0].name).toBe('w-0002');
      const other = await call(`${widgets}?q=w-01&cursor=${first.nextCursor}`, { headers: editor });
      await problem(other, 400, 'request.cursor_invalid');
    });

    it.each(['limit=0', 'limit=201', 'limit=x', 'limit=1.5', 'unknown=1', 'q=a&q=b'])(
      'refuse %s',
      async (query) => {
        await problem(await call(`${widgets}?${query}`, { headers: editor }), 400, 'request.invalid');
      },
    );

    it('take dryRun on every mutation and hand it on as context', async () => {
      const before = fixture.store.dryRuns;
      expect((await call(`${widgets}?dryRun=true`, json('POST', { name: 'dry' }))).status).toBe(201);
      expect(fixture.store.dryRuns).toBe(before + 1);
      expect(fixture.store.created).not.toContain('dry');
      const { errors } = await problem(
        await call(`${widgets}?dryRun=yes`, json('POST', { name: 'dry' })),
        400,
        'request.invalid',
      );
      expect(errors[0].pointer).toBe('/dryRun');
    });
  });

  describe('routes', () => {
    it('that do not exist are 404', async () => {
      await problem(await call('/api/v1/nothing'), 404, 'request.route_not_found');
      await problem(await call(`/api/v1/${'a'.repeat(600)}`), 404, 'request.route_not_found');
    });

    it('with a wrong method are 405 with Allow', async () => {
      const response = await call(`${widgets}/a`, { method: 'PUT' });
      expect(response.headers.get('allow')).toBe('DELETE, GET, HEAD, PATCH, OPTIONS');
      await problem(response, 405, 'request.method_not_allowed');
      expect((await call('/graphql', { method: 'DELETE' })).status).toBe(405);
    });

    it('answer OPTIONS and HEAD', async () => {
      const options = await call(widgets, { method: 'OPTIONS' });
      expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, POST, OPTIONS']);
      const head = await call(widgets, { method: 'HEAD', headers: editor });
      expect([head.status, await head.text()]).toEqual([200, '']);
      expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0);
    });

    it('with a path that is no URL are 400', async () => {
      await problem(await call('/api/v1/%zz'), 400, 'request.malformed');
    });
  });

  describe('entity tags', () => {
    it('answer 304 to whoever has it, 412 to whoever has another', async () => {
      const response = await call(`${widgets}/a`, { headers: editor });
      const tag = response.headers.get('etag') as string;
      expect(tag).toMatch(/^"[\w-]+"$/);
      expect(await response.json()).toEqual({ name: 'a' });
      const again = await call(`${widgets}/a`, { headers: { ...editor, 'if-none-match': `"x", W/${tag}` } });
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag]);
      const good = await call(`${widgets}/a`, json('PATCH', {}, { 'if-match': tag }));
      expect(good.status).toBe(200);
      expect(good.headers.get('etag')).not.toBe(tag);
      const bad = await call(`${widgets}/a`, json('PATCH', {}, { 'if-match': `W/${tag}` }));
      await problem(bad, 412, 'request.precondition_failed');
      expect((await call(`${widgets}/a`, json('PATCH', {}, { 'if-match': '*' }))).status).toBe(200);
    });
  });

  describe('failures', () => {
    it('become problems with their facts', async () => {
      const body = await problem(
        await call(`${widgets}/x/break`, json('POST', {})),
        409,
        'fixture.widget_broken',
      );
      expect(body).toMatchObject({
        detail: 'Widget x is broken.',
        hint: 'Mend it.',
        details: { widget: 'x' },
      });
    });

    it('that are ours tell nothing but the request id', async () => {
      const body = await problem(await call(`${widgets}/crash/break`, json('POST', {})), 500, 'internal');
      expect(JSON.stringify(body)).not.toMatch(/secret|passwd|\.ts|at /);
    });

    it('that pass say when to try again', async () => {
      const response = await call(`${widgets}/away/break`, json('POST', {}));
      expect(response.headers.get('retry-after')).toBe('7');
      await problem(response, 503, 'service.unavailable');
    });

    it('of what is not HTTP are answered too', async () => {
      const answer = await new Promise<string>((resolve) => {
        const socket = connect(Number(new URL(fixture.url).port), '127.0.0.1', () =>
          socket.write('NOT HTTP\r\n\r\n'),
        );
        let text = '';
        socket.on('data', (data) => (text += data)).on('close', () => resolve(text));
      });
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('request.malformed');
    });
  });

  describe('the guard', () => {
    it.each([
      ['no credential', {}, null],
      ['an unknown token', bearer('nobody'), 'invalid_token'],
      ['another scheme', { authorization: 'Basic abc' }, 'invalid_token'],
      ['no token', { authorization: 'Bearer' }, 'invalid_token'],
    ])('answers 401 to %s', async (_name, headers, error) => {
      const response = await call('/api/v1/me', { headers: headers as Record<string, string> });
      const challenge = response.headers.get('www-authenticate') as string;
      expect(challenge).toMatch(/^Bearer realm="virtgate"/);
      expect(challenge.includes('error=')).toBe(error !== null);
      await problem(response, 401, 'auth.unauthenticated');
    });

    it('takes tokens from nowhere but the header', async () => {
      await problem(await call('/api/v1/me?access_token=editor'), 401, 'auth.unauthenticated');
      const body = JSON.stringify({ name: 'a', access_token: 'editor' });
      const headers = { 'content-type': 'application/json' };
      await problem(await call(widgets, { method: 'POST', headers, body }), 401, 'auth.unauthenticated');
    });

    it('refuses what says nothing about itself', async () => {
      await problem(await call('/api/v1/forgotten', { headers: editor }), 403, 'auth.forbidden');
    });

    it('tells missing rights from things that may not be seen', async () => {
      const create = (token: string, project: string) =>
        call(`/api/v1/projects/${project}/widgets`, json('POST', { name: 'a' }, bearer(token)));
      await problem(await create('viewer', 'blue'), 403, 'auth.forbidden');
      const foreign = await problem(await create('stranger', 'blue'), 404, 'resource.not_found');
      const absent = await problem(await create('stranger', 'nowhere'), 404, 'resource.not_found');
      expect(foreign.detail.replace('blue', '')).toBe(absent.detail.replace('nowhere', ''));
    });

    it('knows tenants, the platform and "anywhere"', async () => {
      const tenant = await call('/api/v1/tenants/tenant-blue', { headers: editor });
      expect(await tenant.json()).toMatchObject({ name: 'tenant-blue' });
      await problem(await call('/api/v1/tenants/tenant-red', { headers: editor }), 404, 'resource.not_found');
      await problem(await call('/api/v1/platform', { headers: editor }), 403, 'auth.forbidden');
      expect((await call('/api/v1/anywhere', { headers: editor })).status).toBe(200);
      await problem(await call('/api/v1/anywhere', { headers: bearer('viewer') }), 403, 'auth.forbidden');
    });

    it('says 503 when nobody can be asked who the caller is', async () => {
      fixture.access.down = true;
      try {
        const response = await call('/api/v1/me', { headers: editor });
        expect(response.headers.get('retry-after')).toBe('2');
        await problem(response, 503, 'service.unavailable');
      } finally {
        fixture.access.down = false;
      }
    });
  });

  it('does not mix up callers who come at once', async () => {
    const names = Array.from(
      { length: 60 },
      (_, index) => ['editor', 'viewer', 'stranger'][index % 3] as string,
    );
    const answers = await Promise.all(
      names.map(async (name) => (await (await call('/api/v1/me', { headers: bearer(name) })).json()).name),
    );
    expect(answers).toEqual(names);
  });

  it('keeps a body limit for bodies that do not say how long they are', async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(
        `${fixture.url}${widgets}`,
        { method: 'POST', headers: { ...editor, 'content-type': 'application/json' } },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      request.on('error', reject);
      request.write(`{"name":"${'a'.repeat(8_000)}`);
      request.end(`${'a'.repeat(8_000)}"}`);
    });
    expect(status).toBe(413);
  });
});
