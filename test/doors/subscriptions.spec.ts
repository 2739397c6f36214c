import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { bearer, type Fixture, startFixture } from './fixture-app.js';

// biome-ignore lint/suspicious/noExplicitAny: events are what the tests look into.
type Event = any;

describe('subscriptions', () => {
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await startFixture({ http: { allowedOrigins: ['https://portal.example'] } });
  });
  afterAll(() => fixture.close());

  const address = (path = '/graphql') => `${fixture.url.replace('http', 'ws')}${path}`;

  function client(params: Record<string, unknown> | undefined, closed?: (event: Event) => void) {
    return createClient({
      url: address(),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      ...(params ? { connectionParams: params } : {}),
      ...(closed ? { on: { closed } } : {}),
    });
  }

  /** All events until the stream ends. */
  async function collect(
    token: string,
    query: string,
    variables?: Record<string, unknown>,
  ): Promise<Event[]> {
    const connection = client(bearer(token));
    const events: Event[] = [];
    try {
      for await (const event of connection.iterate({ query, variables })) events.push(event);
    } catch (error) {
      events.push({ error });
    } finally {
      await connection.dispose();
    }
    return events;
  }

  const ticks = 'subscription($to: Int!, $p: String! = "blue") { ticks(project: $p, to: $to) }';

  it('tell every event in order, over a websocket', async () => {
    const events = await collect('viewer', ticks, { to: 3 });
    expect(events.map((event) => event.data.ticks)).toEqual([1, 2, 3]);
  });

  it('carry queries and mutations, too', async () => {
    expect(await collect('viewer', '{ me }')).toEqual([{ data: { me: 'viewer' } }]);
    const [made] = await collect(
      'editor',
      'mutation { createWidget(input: {project: "blue", name: "by-socket"}) { by } }',
    );
    expect(made.data.createWidget.by).toBe('editor');
  });

  it('are refused to whom the guard refuses, with the codes of REST', async () => {
    const codes = async (token: string, query: string, variables: Record<string, unknown> = {}) => {
      const [event] = await collect(token, query, variables);
      const errors = event.errors ?? event.error;
      return errors.map((error: Event) => error.extensions.code);
    };
    expect(await codes('stranger', ticks, { to: 1 })).toEqual(['resource.not_found']);
    expect(await codes('viewer', '{ nothing }')).toEqual(['graphql.validation_failed']);
    expect(await codes('viewer', '{ me')).toEqual(['graphql.parse_failed']);
    expect(await codes('viewer', ticks, { to: 'x' })).toEqual(['request.invalid']);
    const aliases = Array.from({ length: 31 }, (_, index) => `a${index}: __typename`).join(' ');
    expect(await codes('viewer', `{ ${aliases} }`)).toContain('graphql.too_complex');
    expect(await codes('viewer', '{ broken(how: "crash") }')).toEqual(['internal']);
  });

  it('that break tell nothing of why', async () => {
    const events = await collect('viewer', ticks, { to: 20 });
    expect(events).toHaveLength(14);
    expect(JSON.stringify(events[13])).not.toMatch(/secret|passwd/);
    expect(JSON.stringify(events[13])).toContain('internal');
  });

  describe('connections', () => {
    const closeOf = (params: Record<string, unknown> | undefined) =>
      new Promise<{ code: number }>((resolve) => {
        const connection = client(params, resolve);
        connection.subscribe(
          { query: ticks, variables: { to: 1_000 } },
          { next: () => {}, error: () => {}, complete: () => {} },
        );
      });

    it.each([
      ['no token', undefined],
      ['an unknown token', bearer('nobody')],
      ['something else', { authorization: 7 }],
    ])('with %s are closed with 4401', async (_name, params) => {
      expect((await closeOf(params)).code).toBe(4401);
    });

    it('end when the token expires', async () => {
      fixture.access.add('brief', 'blue', ['vms:read'], new Date(Date.now() + 700));
      expect((await closeOf(bearer('brief'))).code).toBe(4401);
    });

    it('whose token was revoked begin nothing new', async () => {
      fixture.access.add('fired', 'blue', ['vms:read']);
      const connection = client(bearer('fired'));
      const ask = async () => {
        for await (const event of connection.iterate({ query: '{ me }' })) return event;
      };
      const held = connection.iterate({ query: ticks, variables: { to: 100 } });
      await held.next();
      fixture.access.revoked.add('fired');
      await expect(ask()).rejects.toMatchObject([{ extensions: { code: 'auth.unauthenticated' } }]);
      await connection.dispose();
    });

    const open = (
      path: string,
      headers: Record<string, string> = {},
      protocol: string[] = ['graphql-transport-ws'],
    ) =>
      new Promise<number | string>((resolve) => {
        const socket = new WebSocket(address(path), protocol, { headers });
        socket.on('unexpected-response', (_request, response) => {
          resolve(response.statusCode ?? 0);
          socket.terminate();
        });
        socket.on('open', () => {
          resolve('open');
          socket.terminate();
        });
        socket.on('error', () => {});
      });

    it('come from our own pages, from the configured ones and from programs, and from no other page', async () => {
      expect(await open('/graphql')).toBe('open');
      expect(await open('/graphql', { origin: fixture.url })).toBe('open');
      expect(await open('/graphql', { origin: 'https://portal.example' })).toBe('open');
      expect(await open('/graphql', { origin: 'https://evil.example' })).toBe(403);
      expect(await open('/graphql', { origin: 'null' })).toBe(403);
      expect(await open('/nothing')).toBe(404);
    });

    it('that send too much are closed with 1009', async () => {
      const code = await new Promise((resolve) => {
        const socket = new WebSocket(address(), 'graphql-transport-ws');
        socket.on('open', () => socket.send('x'.repeat(70_000)));
        socket.on('close', resolve);
        socket.on('error', () => {});
      });
      expect(code).toBe(1009);
    });
  });

  describe('as server-sent events', () => {
    async function stream(
      query: string,
      variables: Record<string, unknown>,
      token: string | null = 'viewer',
      accept = 'text/event-stream',
    ) {
      const response = await fetch(`${fixture.url}/graphql/stream`, {
        method: 'POST',
        headers: { ...(token ? bearer(token) : {}), accept, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      const text = await response.text();
      const events = [...text.matchAll(/event: (\w+)\ndata:(.*)\n/g)].map(
        ([, event, data]) => [event, data?.trim() ? JSON.parse(data as string) : null] as [string, Event],
      );
      return { status: response.status, headers: response.headers, text, events };
    }

    it('tell every event and the end', async () => {
      const { events, headers } = await stream(ticks, { to: 2 });
      expect(headers.get('content-type')).toMatch(/^text\/event-stream/);
      expect(events.map(([event, data]) => [event, data?.data?.ticks])).toEqual([
        ['next', 1],
        ['next', 2],
        ['complete', undefined],
      ]);
    });

    it('tell refusals as an event', async () => {
      const { events } = await stream(ticks, { to: 1, p: 'red' });
      expect(events[0]?.[1].errors[0].extensions.code).toBe('resource.not_found');
      const invalid = await stream('{ nothing }', {});
      expect(invalid.events[0]?.[1].errors[0].extensions.code).toBe('graphql.validation_failed');
    });

    it('answer 401 and 400 in problem+json', async () => {
      expect((await stream(ticks, { to: 1 }, null)).status).toBe(401);
      const { status, text } = await stream(ticks, { to: 1 }, 'viewer', 'application/json');
      expect([status, JSON.parse(text).code]).toEqual([400, 'graphql.bad_request']);
    });
  });
});
