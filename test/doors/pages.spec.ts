import { type Fixture, startFixture } from './fixture-app.js';

describe('pages', () => {
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await startFixture({ doors: {} });
  });
  afterAll(() => fixture.close());

  const get = (path: string) => fetch(`${fixture.url}${path}`);

  it.each(['/', '/docs', '/graphiql', '/errors'])(
    '%s loads from here only, and all that it loads is there',
    async (path) => {
      const response = await get(path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const policy = response.headers.get('content-security-policy') as string;
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/https?:|\*|script-src[^;]*unsafe/);
      const html = await response.text();
      expect(html).not.toMatch(/<script(?![^>]*src=)/);
      const loads = [...html.matchAll(/(?:src|href)="([^"#]+)"/g)].map((match) => match[1] as string);
      expect(loads.length).toBeGreaterThan(3);
      for (const address of new Set(loads)) {
        expect(address).toMatch(/^\//);
        expect([address, (await get(address)).status]).toEqual([address, 200]);
      }
    },
  );

  it('names every failure code', async () => {
    const html = await (await get('/errors')).text();
    expect(html).toContain('id="fixture.widget_broken"');
    expect(html).toContain('id="auth.unauthenticated"');
  });

  it('serves the parts of GraphiQL', async () => {
    for (const name of [
      'graphiql-editor-worker.js',
      'graphiql-json-worker.js',
      'graphiql-graphql-worker.js',
    ]) {
      const response = await get(`/assets/${name}`);
      expect(response.headers.get('content-type')).toMatch(/^text\/javascript/);
      expect((await response.text()).length).toBeGreaterThan(10_000);
    }
    for (const name of ['nothing.js', '..%2f..%2fpackage.json', '__proto__']) {
      expect((await get(`/assets/${name}`)).status).toBe(404);
    }
  });

  it('describes the API in OpenAPI 3.1, with what the validators say', async () => {
    const response = await get('/api/openapi.json');
    // biome-ignore lint/suspicious/noExplicitAny: a document is what the test looks into.
    const document = (await response.json()) as any;
    expect(document.openapi).toBe('3.1.0');
    const { post, get: list } = document.paths['/api/v1/projects/{project}/widgets'];
    expect(post.operationId).toBe('widget_create');
    expect(post.security).toEqual([{ token: [] }]);
    expect(post.description).toContain('vms:create');
    expect(post.responses.default.content['application/problem+json'].schema.$ref).toBe(
      '#/components/schemas/Problem',
    );
    expect(document.paths['/api/v1/hello'].get.security).toEqual([]);
    const names = (operation: { parameters: { name: string }[] }) =>
      operation.parameters.map(({ name }) => name).sort();
    expect(names(post)).toEqual(['Idempotency-Key', 'dryRun', 'project']);
    expect(names(list)).toEqual(['cursor', 'limit', 'project', 'q']);
    const { CreateWidget, Part } = document.components.schemas;
    expect(CreateWidget.required).toEqual(['name']);
    expect(CreateWidget.properties).toMatchObject({
      name: { type: 'string', maxLength: 63, pattern: '^[a-z][a-z0-9-]*$' },
      size: { type: 'integer', minimum: 1 },
      parts: { type: 'array', items: { $ref: '#/components/schemas/Part' } },
    });
    expect(Part.properties.name.type).toBe('string');
    expect(document.paths['/healthz']).toBeUndefined();
  });

  it('tells health, readiness and metrics to anyone', async () => {
    expect(await (await get('/healthz')).json()).toEqual({ status: 'ok' });
    expect(await (await get('/readyz')).json()).toEqual({ ready: true, checks: {} });
    const metrics = await get('/metrics');
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await metrics.text()).toMatch(
      /virtgate_http_request_duration_seconds_count\{[^}]*route="\/healthz"[^}]*\} \d/,
    );
  });
});
