import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.js';
import { startToyGateway, type ToyGateway } from '../../../../test/support/toy-gateway.js';
import {
  createToyCluster,
  startToyWorker,
  type ToyTables,
  type ToyWorker,
} from '../../../../test/support/toy-operations.js';
import { PostgresDatabase } from '../../../platform/database/postgres-database.js';
import { fromGlobalId } from '../../../platform/graphql/global-id.js';

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at, not typed
type Json = any;

describe('doors of operations', () => {
  let fresh: FreshDatabase;
  let worker: ToyWorker;
  let gateway: ToyGateway;

  beforeAll(async () => {
    fresh = await freshDatabase();
    const setup = new PostgresDatabase({ url: fresh.url });
    await createToyCluster(setup);
    await setup.close();
    worker = await startToyWorker(fresh.url, null);
    gateway = await startToyGateway(fresh.url);
  }, 60_000);
  afterAll(async () => {
    await gateway?.app.close();
    await worker?.stop();
    await fresh?.close();
  });

  const rest = async (
    method: string,
    path: string,
    more: { token?: string; body?: unknown; headers?: object } = {},
  ) => {
    const response = await fetch(`${gateway.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${more.token ?? 'ada'}`,
        ...(more.body ? { 'content-type': 'application/json' } : {}),
        ...more.headers,
      },
      body: more.body ? JSON.stringify(more.body) : undefined,
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text ? JSON.parse(text) : null) as Json,
    };
  };
  const make = (body: object, headers: object = {}) => rest('POST', '/api/v1/toys', { body, headers });
  const graphql = async (query: string, variables: object = {}, token = 'ada') => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Json;
  };
  const ready = (name: string) =>
    worker.database
      .tables<ToyTables>()
      .updateTable('toy_object')
      .set({ ready: true })
      .where('name', '=', name)
      .execute();

  it('answer 202 with a Location under which the operation is found', async () => {
    const made = await make({ name: 'one' });
    expect(made.status).toBe(202);
    expect(made.headers.get('location')).toBe(`/api/v1/operations/${made.body.id}`);
    expect(made.headers.get('preference-applied')).toBeNull();
    const got = await rest('GET', made.headers.get('location')!);
    expect(got.status).toBe(200);
    expect(got.body).toMatchObject({
      id: made.body.id,
      kind: 'toy.make',
      requestId: made.headers.get('x-request-id'),
    });
    expect(Object.keys(got.body).sort()).toEqual(
      // biome-ignore format: the contract, in a block
      ['cancellable', 'createdAt', 'error', 'finishedAt', 'id', 'kind', 'progress', 'requestId', 'requestedBy',
        'result', 'startedAt', 'state', 'steps', 'target', 'warnings'],
    );
  });

  it('hold the answer as the client prefers: 200 when it settles, 202 when the time is over', async () => {
    const settled = await make({ name: 'two', instant: true }, { prefer: 'respond-async, wait=20' });
    expect([settled.status, settled.body.state]).toEqual([200, 'SUCCEEDED']);
    expect(settled.headers.get('preference-applied')).toBe('wait=20');
    const location = settled.headers.get('location')!;
    expect(location).toContain(settled.body.id);
    const tag = (await rest('GET', location)).headers.get('etag')!;
    expect((await rest('GET', location, { headers: { 'if-none-match': tag } })).status).toBe(304);
    const pending = await make({ name: 'three' }, { prefer: 'wait=1' });
    expect([pending.status, pending.body.state]).toEqual([202, 'RUNNING']);
    expect(pending.headers.get('preference-applied')).toBe('wait=1');
  });

  it('answer a dry run with 200 and no Location', async () => {
    const dry = await rest('POST', '/api/v1/toys?dryRun=true', { body: { name: 'dry' } });
    expect([dry.status, dry.body]).toEqual([200, { wouldMake: 'dry' }]);
    expect(dry.headers.get('location')).toBeNull();
  });

  it('refuse a second operation on the same target, naming the first', async () => {
    const first = await make({ name: 'four' });
    const second = await make({ name: 'four' });
    expect(second.status).toBe(409);
    expect(second.body).toMatchObject({ code: 'operation.in_progress' });
    expect(JSON.stringify(second.body)).toContain(first.body.id);
  });

  it('list newest first, filtered, in pages that fit together', async () => {
    for (let n = 0; n < 5; n += 1) await make({ name: `list-${n}`, instant: true }, { prefer: 'wait=20' });
    const all = await rest('GET', '/api/v1/operations?kind=toy.make&state=SUCCEEDED&limit=200');
    const names = all.body.items
      .map((item: Json) => item.target.name)
      .filter((name: string) => name.startsWith('list-'));
    expect(names).toEqual(['list-4', 'list-3', 'list-2', 'list-1', 'list-0']);
    expect(all.body.total).toBe(all.body.items.length);
    const paged: Json[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
      const page = await rest('GET', `/api/v1/operations?kind=toy.make&state=SUCCEEDED&limit=2${query}`);
      expect(page.body.total).toBe(all.body.total);
      paged.push(...page.body.items);
      cursor = page.body.nextCursor;
    } while (cursor);
    expect(paged).toEqual(all.body.items);
    const one = await rest('GET', '/api/v1/operations?project=playroom&target=toy/list-3');
    expect(one.body.items.map((item: Json) => item.target.name)).toEqual(['list-3']);
    expect((await rest('GET', '/api/v1/operations?target=list-3')).body.total).toBe(1);
    expect((await rest('GET', '/api/v1/operations?target=disk/list-3')).body.total).toBe(0);
    expect((await rest('GET', '/api/v1/operations?state=DONE')).status).toBe(400);
    expect((await rest('GET', '/api/v1/operations?limit=0')).status).toBe(400);
    expect((await rest('GET', '/api/v1/operations?cursor=nonsense')).body.code).toBe(
      'request.cursor_invalid',
    );
  });

  it('show nothing to another project: the same 404 as for what never was', async () => {
    const { body } = await make({ name: 'five' });
    const never = '01890000-0000-7000-8000-000000000000';
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/events'],
      ['POST', '/cancel'],
    ] as const) {
      const foreign = await rest(method, `/api/v1/operations/${body.id}${path}`, { token: 'outsider' });
      const missing = await rest(method, `/api/v1/operations/${never}${path}`, { token: 'outsider' });
      expect(foreign.status).toBe(404);
      const { requestId: _a, ...foreignBody } = foreign.body;
      const { requestId: _b, ...missingBody } = missing.body;
      expect(foreignBody).toEqual(missingBody);
    }
    expect((await rest('GET', '/api/v1/operations', { token: 'outsider' })).body).toEqual({
      items: [],
      nextCursor: null,
      total: 0,
    });
    expect((await rest('GET', '/api/v1/operations/nonsense')).status).toBe(404);
    const answer = await graphql(
      'query ($id: ID!) { operation(id: $id) { id } }',
      { id: body.id },
      'outsider',
    );
    expect(answer.errors[0].extensions.code).toBe('operation.not_found');
  });

  it('cancel for those who may, and say why not', async () => {
    const { body } = await make({ name: 'six' });
    const path = `/api/v1/operations/${body.id}/cancel`;
    expect((await rest('POST', path, { token: 'watcher' })).status).toBe(403);
    expect((await rest('POST', `${path}?dryRun=true`)).status).toBe(200);
    expect((await rest('GET', `/api/v1/operations/${body.id}`)).body.cancellable).toBe(true);
    const cancelled = await rest('POST', path, { headers: { prefer: 'wait=20' } });
    expect([cancelled.status, cancelled.body.state]).toEqual([200, 'CANCELLED']);
    const late = await rest('POST', path);
    expect([late.status, late.body.code]).toEqual([409, 'operation.finished']);
  });

  it('stream every state as server-sent events, also to one who comes again', async () => {
    const { body } = await make({ name: 'seven' });
    const open = (headers: object = {}) =>
      fetch(`${gateway.url}/api/v1/operations/${body.id}/events`, {
        headers: { authorization: 'Bearer ada', ...headers },
      });
    const response = await open();
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const text = response.text();
    for (let i = 0; i < 200; i += 1) {
      if (((await ready('seven'))[0]?.numUpdatedRows ?? 0n) > 0n) break;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    const events = (await text).split('\n\n').filter((block) => block.includes('event: operation'));
    const states = events.map((block) => JSON.parse(/data: (.*)/.exec(block)![1]!).state);
    expect(states[0]).toBe('PENDING');
    expect(states.at(-1)).toBe('SUCCEEDED');
    expect(states.indexOf('RUNNING')).toBeGreaterThan(0);
    const ids = events.map((block) => Number(/id: (.*)/.exec(block)![1]));
    expect([...ids].sort((a, b) => a - b)).toEqual(ids);
    const rest = await (await open({ 'last-event-id': String(ids.at(-2)) })).text();
    expect(rest.match(/event: operation/g)).toHaveLength(1);
    expect((await open({ 'last-event-id': String(ids.at(-1)) })).status).toBe(204);
    expect((await (await open({ 'last-event-id': 'junk' })).text()).match(/event: operation/g)).toHaveLength(
      ids.length,
    );
  });

  it('show the same over GraphQL, by either id, and through node', async () => {
    const { body } = await make({ name: 'eight', instant: true }, { prefer: 'wait=20' });
    const fields =
      '{ id kind state progress target { type project name } steps { name state } cancellable createdAt }';
    const { data } = await graphql(`query ($id: ID!) { operation(id: $id) ${fields} }`, { id: body.id });
    expect(fromGlobalId(data.operation.id)).toEqual({ type: 'Operation', key: body.id });
    expect(data.operation).toMatchObject({
      kind: 'toy.make',
      state: 'SUCCEEDED',
      progress: 100,
      target: body.target,
    });
    const byGlobal = await graphql(
      `query ($id: ID!) { operation(id: $id) ${fields} node(id: $id) { id ... on Operation { state } } }`,
      {
        id: data.operation.id,
      },
    );
    expect(byGlobal.data.operation).toEqual(data.operation);
    expect(byGlobal.data.node).toEqual({ id: data.operation.id, state: 'SUCCEEDED' });
    expect((await rest('GET', `/api/v1/operations/${data.operation.id}`)).body.id).toBe(body.id);
    const list = await graphql(
      'query { operations(filter: { target: "toy/eight" }, first: 5) { totalCount edges { cursor node { state } } pageInfo { hasNextPage } } }',
    );
    expect(list.data.operations).toMatchObject({
      totalCount: 1,
      edges: [{ node: { state: 'SUCCEEDED' } }],
      pageInfo: { hasNextPage: false },
    });
  });

  it('refuse over GraphQL a page that is too large, a target that is none, a cursor of somewhere else', async () => {
    const ask = async (args: string) =>
      (await graphql(`query { operations(${args}) { totalCount } }`)).errors[0].extensions.code;
    expect(await ask('first: 0')).toBe('request.invalid');
    expect(await ask('filter: { target: "a b" }')).toBe('request.invalid');
    expect(await ask('after: "abc"')).toBe('request.cursor_invalid');
    expect(await ask('first: 201')).toEqual(expect.any(String));
  });

  it('cancel over GraphQL', async () => {
    const { body } = await make({ name: 'nine' });
    const cancel =
      'mutation ($id: ID!) { cancelOperation(input: { id: $id }) { operation { state cancellable } } }';
    const refused = await graphql(cancel, { id: body.id }, 'watcher');
    expect(refused.errors[0].extensions.code).toBe('auth.forbidden');
    const { data } = await graphql(cancel, { id: body.id });
    expect(data.cancelOperation.operation.cancellable).toBe(false);
  });

  describe('by subscription', () => {
    const subscribe = (id: string, token: string) => {
      const client = createClient({
        url: `${gateway.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${token}` },
        retryAttempts: 0,
      });
      const states: string[] = [];
      const ended = new Promise<unknown>((resolve) => {
        client.subscribe<{ operationChanged: { state: string } }>(
          { query: 'subscription ($id: ID!) { operationChanged(id: $id) { state } }', variables: { id } },
          {
            next: ({ data, errors }) => {
              if (data?.operationChanged) states.push(data.operationChanged.state);
              if (errors) resolve(errors);
            },
            error: resolve,
            complete: () => resolve('complete'),
          },
        );
      });
      return { states, ended: ended.finally(() => client.dispose()) };
    };

    it('tell every state in order and complete', async () => {
      const { body } = await make({ name: 'ten', instant: true });
      const { states, ended } = subscribe(body.id, 'ada');
      expect(await ended).toBe('complete');
      expect(states.filter((state, n) => state !== states[n - 1])).toEqual([
        'PENDING',
        'RUNNING',
        'SUCCEEDED',
      ]);
    });

    it('refuse another project', async () => {
      const { body } = await make({ name: 'eleven' });
      const { states, ended } = subscribe(body.id, 'outsider');
      expect(JSON.stringify(await ended)).toContain('operation.not_found');
      expect(states).toEqual([]);
    });

    it('tell nothing more to one whose right is gone', async () => {
      const { body } = await make({ name: 'twelve' });
      gateway.access.add('leaver', 'playroom', ['operations:read']);
      const { states, ended } = subscribe(body.id, 'leaver');
      for (let i = 0; i < 200 && !states.includes('RUNNING'); i += 1)
        await new Promise((resolve) => setTimeout(resolve, 30));
      gateway.access.add('leaver', 'elsewhere', ['operations:read']);
      await rest('POST', `/api/v1/operations/${body.id}/cancel`);
      await ended;
      expect(states).not.toContain('CANCELLED');
    });
  });
});
