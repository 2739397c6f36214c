import { serverAudits } from 'graphql-http';
import { bearer, type Fixture, startFixture } from './fixture-app.js';

// biome-ignore lint/suspicious/noExplicitAny: answers are what the tests look into.
type Answer = { status: number; headers: Headers; body: any };

const LIST = `query List($n: Int) { project(name: "blue") { widgets(first: $n) {
  totalCount nodes { id name size state labels createdAt } edges { cursor } pageInfo { hasNextPage endCursor } } } }`;

describe('GraphQL over HTTP', () => {
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await startFixture({ limits: { cost: 20_000 } });
  });
  afterAll(() => fixture.close());

  async function post(body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${fixture.url}/graphql`, {
      method: 'POST',
      headers: { ...bearer('editor'), 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }
  const ask = (query: string, variables?: Record<string, unknown>, token = 'editor') =>
    post({ query, variables }, bearer(token));

  /** The first run of a document is by graphql-js, from the second on it is compiled: both must say the same. */
  async function onBothEngines(query: string, variables?: Record<string, unknown>, token = 'editor') {
    const before = await engines();
    const plain = await ask(query, variables, token);
    const compiled = await ask(query, variables, token);
    const after = await engines();
    expect(after.jit - before.jit).toBe(1);
    expect(after.js - before.js).toBe(1);
    const strip = ({ status, body }: Answer) =>
      JSON.parse(JSON.stringify({ status, body }).replaceAll(/"requestId":"[^"]*"/g, '"requestId":"-"'));
    expect(strip(compiled)).toEqual(strip(plain));
    return compiled;
  }

  async function engines() {
    const text = await (await fetch(`${fixture.url}/metrics`)).text();
    const sum = (engine: string) =>
      [
        ...text.matchAll(
          new RegExp(`^virtgate_graphql_operations_total\\{.*engine="${engine}".*\\} (\\d+)$`, 'gm'),
        ),
      ]
        .map((match) => Number(match[1]))
        .reduce((a, b) => a + b, 0);
    return { jit: sum('graphql-jit'), js: sum('graphql-js') };
  }

  it.each(
    serverAudits({ url: 'http://replaced/graphql', fetchFn: audited }).map(
      (audit) => [audit.id, audit.name, audit] as const,
    ),
  )('passes audit %s: %s', async (_id, _name, audit) => {
    const result = await audit.fn();
    expect(result.status === 'ok' ? 'ok' : `${result.status}: ${result.reason}`).toBe('ok');
  });

  function audited(url: string, init: RequestInit = {}) {
    const headers = new Headers(init.headers);
    headers.set('authorization', 'Bearer editor');
    headers.set('apollo-require-preflight', '1');
    return fetch(url.replace('http://replaced', fixture.url), { ...init, headers });
  }

  it('lists the same on both engines', async () => {
    const { status, body } = await onBothEngines(LIST, { n: 3 });
    expect(status).toBe(200);
    expect(body.errors).toBeUndefined();
    const { widgets } = body.data.project;
    expect(widgets.totalCount).toBe(1000);
    expect(widgets.nodes[2]).toEqual({
      id: expect.any(String),
      name: 'w-0002',
      size: 2,
      state: 'OLD',
      labels: { tier: 'web' },
      createdAt: '2030-01-31T12:00:00Z',
    });
    expect(widgets.pageInfo.endCursor).toBe(widgets.edges[2].cursor);
    expect(body.extensions.cost).toEqual({ requested: 29, maximum: 20_000 });
  });

  it('pages with the cursors it gave', async () => {
    const page = (after: string | null) =>
      ask(
        'query($a: String) { project(name: "blue") { widgets(first: 2, after: $a) { nodes { name } pageInfo { endCursor } } } }',
        { a: after },
      );
    const first = (await page(null)).body.data.project.widgets;
    const second = (await page(first.pageInfo.endCursor)).body.data.project.widgets;
    expect(second.nodes.map((node: { name: string }) => node.name)).toEqual(['w-0002', 'w-0003']);
    const { body } = await page('bad');
    expect(body.errors[0].extensions.code).toBe('request.cursor_invalid');
  });

  describe('errors', () => {
    it('of ours carry their facts, on both engines', async () => {
      const { body, status } = await onBothEngines('{ broken(how: "failure") }');
      expect(status).toBe(200);
      expect(body.data).toEqual({ broken: null });
      expect(body.errors).toEqual([
        {
          message: 'The widget is broken',
          locations: [{ line: 1, column: 3 }],
          path: ['broken'],
          extensions: { code: 'fixture.widget_broken', hint: 'Mend it.', requestId: expect.any(String) },
        },
      ]);
    });

    it.each(['{ broken(how: "crash") }', '{ nonNull }'])(
      'that are unknown tell nothing: %s',
      async (query) => {
        const { body } = await onBothEngines(query);
        expect(body.errors[0].extensions).toEqual({ code: 'internal', requestId: expect.any(String) });
        expect(JSON.stringify(body)).not.toMatch(/secret|passwd|stack|\.ts/);
      },
    );

    it.each([
      ['{ broken(', undefined, 'graphql.parse_failed'],
      ['{ nothing }', undefined, 'graphql.validation_failed'],
      ['query($v: Int!) { size(value: $v) }', { v: 'x' }, 'request.invalid'],
      ['query($v: Int!) { size(value: $v) }', {}, 'request.invalid'],
      ['query($v: Quantity!) { quantity(value: $v) }', { v: '-1Gi' }, 'request.invalid'],
      ['query($v: DateTime!) { time(value: $v) }', { v: 'yesterday' }, 'request.invalid'],
      ['query A { me } query B { me }', undefined, 'graphql.bad_request'],
      ['subscription { ticks(project: "blue", to: 1) }', undefined, 'graphql.bad_request'],
    ])('of the request are told in words and 400: %s', async (query, variables, code) => {
      for (const _engine of ['graphql-js', 'graphql-jit']) {
        const { body, status } = await post(
          { query, variables },
          { accept: 'application/graphql-response+json' },
        );
        expect([status, body.errors?.[0].extensions.code]).toEqual([400, code]);
        expect(body.errors[0].message.length).toBeGreaterThan(10);
        expect(body.data).toBeUndefined();
      }
    });

    it('hold @oneOf, however often the document comes', async () => {
      const query = 'query($c: Choice!) { choose(choice: $c) }';
      for (const choice of [{ a: 1, b: 2 }, {}, { a: null }, { a: 1, b: 2 }]) {
        expect((await ask(query, { c: choice })).body.errors[0].extensions.code).toBe('request.invalid');
      }
      expect((await ask(query, { c: { b: 2 } })).body.data).toEqual({ choose: 'b' });
    });
  });

  describe('limits', () => {
    const refused = async (query: string, what: RegExp) => {
      const { body, status } = await post({ query }, { accept: 'application/graphql-response+json' });
      expect(status).toBe(400);
      expect(body.errors[0].message).toMatch(what);
      return body.errors[0].extensions.code;
    };
    const many = (count: number, one: (index: number) => string) =>
      Array.from({ length: count }, (_, i) => one(i)).join(' ');

    it('hold tokens, depth, aliases, directives and root fields', async () => {
      expect(await refused(`{ ${many(2_100, () => 'me')} }`, /token/i)).toBe('graphql.parse_failed');
      const deep = `{ me __schema { types { fields ${'{ type { fields '.repeat(6)} { name } ${'} }'.repeat(6)} } } }`;
      expect(await refused(deep, /depth of 16/)).toBe('graphql.too_complex');
      expect(await refused(`{ ${many(31, (i) => `a${i}: __typename`)} }`, /aliases: 31/)).toBe(
        'graphql.too_complex',
      );
      expect(await refused(`{ ${many(51, () => '__typename @include(if: true)')} }`, /directives: 51/)).toBe(
        'graphql.too_complex',
      );
      expect(await refused(`{ ${many(21, () => 'me')} }`, /root fields: 21/)).toBe('graphql.too_complex');
    });

    it('see through fragments, and are not slowed down by them', async () => {
      const bomb = `{ ...F0 } ${many(60, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)} fragment F60 on Query { me }`;
      expect(await refused(bomb, /fragments opened/)).toBe('graphql.too_complex');
      const aliases = `{ ...A ...A ...A ...A } fragment A on Query { ${many(8, (i) => `a${i}: me`)} }`;
      expect(await refused(aliases, /aliases: 32/)).toBe('graphql.too_complex');
      const loop = '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }';
      expect(await refused(loop, /itself/)).toBe('graphql.validation_failed');
    });

    it('hold the cost, with the variables as they are', async () => {
      const query =
        'query($n: Int = 200) { ' +
        many(
          20,
          (i) =>
            `p${i}: project(name: "blue") { widgets(first: $n) { nodes { name size state createdAt labels id } } }`,
        ) +
        ' }';
      expect((await ask(query, { n: 1 })).body.extensions.cost.requested).toBe(20 * (1 + 1 + 1 + 6));
      for (const variables of [{}, { n: 200 }]) {
        const { body } = await ask(query, variables);
        expect(body.errors[0].extensions.code).toBe('graphql.too_complex');
      }
      expect(
        (await ask('{ project(name: "blue") { widgets(first: 201) { totalCount } } }')).body.errors[0]
          .extensions.code,
      ).toBe('request.invalid');
    });

    it('let a client introspect', async () => {
      const { getIntrospectionQuery } = await import('graphql');
      const { body } = await ask(getIntrospectionQuery());
      expect(body.errors).toBeUndefined();
      expect(body.data.__schema.queryType.name).toBe('Query');
    });

    it('refuse batches and simple requests that any page could send', async () => {
      expect((await post([{ query: '{ me }' }])).status).toBe(400);
      const get = await fetch(`${fixture.url}/graphql?query={me}`, { headers: bearer('editor') });
      expect(get.status).toBe(400);
    });
  });

  describe('access', () => {
    it('is for authenticated callers only, before a document is read', async () => {
      for (const headers of [{}, bearer('nobody')] as Record<string, string>[]) {
        const response = await fetch(`${fixture.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify({ query: '{ __schema { types { name } } }' }),
        });
        expect(response.status).toBe(401);
        expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
        expect(((await response.json()) as Answer['body']).errors[0].extensions.code).toBe(
          'auth.unauthenticated',
        );
      }
    });

    it.each([
      [
        'a missing right',
        '{ project(name: "blue") { widgets(first: 1) { nodes { audit } } } }',
        'viewer',
        'auth.forbidden',
      ],
      ['a foreign project', '{ project(name: "blue") { name } }', 'stranger', 'resource.not_found'],
      ['an absent project', '{ project(name: "nope") { name } }', 'stranger', 'resource.not_found'],
      ['a root field that says nothing', '{ forgotten }', 'editor', 'auth.forbidden'],
      [
        'a field that says nothing',
        '{ project(name: "blue") { widgets(first: 1) { nodes { unsaid } } } }',
        'editor',
        'auth.forbidden',
      ],
    ])('refuses %s, on both engines', async (_name, query, token, code) => {
      const { body } = await onBothEngines(query, undefined, token);
      expect(body.errors[0].extensions.code).toBe(code);
      expect(JSON.stringify(body)).not.toContain('leaked');
    });

    it('keeps two projects of one document apart', async () => {
      fixture.access.add('both', 'red', ['vms:read']);
      const { body } = await ask(
        '{ a: project(name: "red") { name } b: project(name: "blue") { name } }',
        {},
        'both',
      );
      expect(body.data).toEqual({ a: { name: 'red' }, b: null });
    });

    it('finds the project of an object in the object', async () => {
      const { body } = await onBothEngines(
        '{ project(name: "blue") { widgets(first: 1) { nodes { audit } } } } # mine',
      );
      expect(body.data.project.widgets.nodes[0].audit).toBe('w-0000 in vg-blue');
    });

    it('asks the loader of a node about rights', async () => {
      const query = 'query($id: ID!) { node(id: $id) { __typename id ... on Widget { name } } }';
      const { id } = fixture.store.rows[7]!;
      const { body } = await onBothEngines(query, { id });
      expect(body.data.node).toEqual({ __typename: 'Widget', id, name: 'w-0007' });
      expect((await ask(query, { id }, 'stranger')).body.data).toEqual({ node: null });
      expect((await ask(query, { id: 'garbage' })).body).toMatchObject({ data: { node: null } });
    });
  });

  describe('mutations', () => {
    it('validate their input as REST does', async () => {
      const { body } = await ask(
        'mutation($i: CreateWidgetInput!) { createWidget(input: $i) { widget { name } by } }',
        { i: { project: 'blue', name: 'Nö', size: 0, parts: [{ name: 'p' }] } },
      );
      const [error] = body.errors;
      expect(error.extensions.code).toBe('request.invalid');
      expect(error.extensions.errors.map((field: { pointer: string }) => field.pointer)).toEqual([
        '/input/name',
        '/input/size',
      ]);
    });

    it('run once each, in order, with what the guard found', async () => {
      const { body } = await ask(`mutation {
        a: createWidget(input: {project: "blue", name: "m-a", parts: [{name: "p"}]}) { widget { name } by }
        b: createWidget(input: {project: "red", name: "m-b"}) { widget { name } by } }`);
      expect(body.data).toBeNull();
      expect(body.errors[0].extensions.code).toBe('resource.not_found');
      expect(fixture.store.created.filter((name) => name.startsWith('m-'))).toEqual(['m-a']);
    });
  });
});
