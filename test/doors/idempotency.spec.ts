import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { notFound, requestInvalid, unavailable } from '../../src/kernel/failures.js';
import { MasterKey } from '../../src/platform/crypto/master-key.js';
import { Sealer } from '../../src/platform/crypto/sealer.js';
import { DatabaseModule } from '../../src/platform/database/database.module.js';
import { PostgresDatabase } from '../../src/platform/database/postgres-database.js';
import { digest } from '../../src/platform/idempotency/idempotency-key.js';
import { IdempotencyStore, type Lease } from '../../src/platform/idempotency/idempotency-store.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';
import { bearer, type Fixture, startFixture } from './fixture-app.js';

// biome-ignore lint/suspicious/noExplicitAny: answers are what the tests look into.
type Body = any;

describe('idempotency', () => {
  let database: FreshDatabase;
  let fixture: Fixture;

  beforeAll(async () => {
    database = await freshDatabase();
    const doors = { imports: [DatabaseModule.forRoot({ url: database.url })], idempotency: true };
    fixture = await startFixture({ doors });
  }, 120_000);
  afterAll(async () => {
    await fixture?.close();
    await database?.close();
  });

  const widgets = '/api/v1/projects/blue/widgets';

  async function create(key: string | null, body: unknown, more: { token?: string; path?: string } = {}) {
    const response = await fetch(`${fixture.url}${more.path ?? widgets}`, {
      method: 'POST',
      headers: {
        ...bearer(more.token ?? 'editor'),
        'content-type': 'application/json',
        ...(key === null ? {} : { 'idempotency-key': key }),
      },
      body: JSON.stringify(body),
    });
    const { status, headers } = response;
    return {
      status,
      headers,
      replayed: headers.get('idempotent-replayed'),
      body: (await response.json()) as Body,
    };
  }

  const made = (name: string) => fixture.store.created.filter((one) => one === name).length;

  it('replays the first answer, headers and all, without doing it again', async () => {
    const key = randomUUID();
    const first = await create(key, { name: 'once', size: 1 });
    const again = await create(`"${key}"`, { size: 1, name: 'once' });
    expect([first.status, first.replayed]).toEqual([201, null]);
    expect([again.status, again.replayed]).toEqual([201, 'true']);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    expect(made('once')).toBe(1);
  });

  it('does each without a key', async () => {
    await create(null, { name: 'twice' });
    await create(null, { name: 'twice' });
    expect(made('twice')).toBe(2);
  });

  afterEach(() => {
    fixture.store.gate = Promise.resolve();
  });

  it('makes one thing of twenty equal requests at once', async () => {
    const key = randomUUID();
    let open = () => {};
    fixture.store.gate = new Promise((resolve) => {
      open = resolve;
    });
    const all = Array.from({ length: 20 }, () => create(key, { name: 'storm' }));
    const early = await Promise.race(all);
    expect([early.status, early.body.code, early.headers.get('retry-after')]).toEqual([
      409,
      'idempotency.in_progress',
      '1',
    ]);
    open();
    const answers = await Promise.all(all);
    expect(answers.filter(({ status, replayed }) => status === 201 && replayed === null)).toHaveLength(1);
    const others = answers.filter(({ status, replayed }) => status !== 201 || replayed !== null);
    for (const { replayed, body } of others)
      expect(replayed ?? body.code).toMatch(/^(true|idempotency.in_progress)$/);
    expect(made('storm')).toBe(1);
    expect((await create(key, { name: 'storm' })).replayed).toBe('true');
  });

  it('refuses another request under the same key', async () => {
    const key = randomUUID();
    await create(key, { name: 'a' });
    for (const other of [
      create(key, { name: 'b' }),
      create(key, { name: 'a' }, { path: `${widgets}?dryRun=true` }),
    ]) {
      const { status, body } = await other;
      expect([status, body.code]).toEqual([422, 'idempotency.mismatch']);
    }
  });

  it('belongs to one principal and one route', async () => {
    const key = randomUUID();
    fixture.access.add('editor2', 'blue', ['vms:create']);
    expect((await create(key, { name: 'mine' })).replayed).toBeNull();
    expect((await create(key, { name: 'mine' }, { token: 'editor2' })).replayed).toBeNull();
    expect(made('mine')).toBe(2);
    const other = await create(key, {}, { path: `${widgets}/mine/break` });
    expect(other.body.code).toBe('fixture.widget_broken');
  });

  it('gives a replay to nobody who has lost the right', async () => {
    const key = randomUUID();
    fixture.access.add('leaver', 'blue', ['vms:create']);
    await create(key, { name: 'left' }, { token: 'leaver' });
    fixture.access.add('leaver', 'blue', ['vms:read']);
    expect((await create(key, { name: 'left' }, { token: 'leaver' })).body.code).toBe('auth.forbidden');
  });

  it.each([
    ['an invalid request', requestInvalid('no'), 400, true],
    ['a thing that is missing', notFound(), 404, false],
    ['a service that is away', unavailable(), 503, false],
    ['a fault of ours', new Error('boom'), 500, false],
  ])('keeps %s or asks again', async (_name, error, status, kept) => {
    const key = randomUUID();
    fixture.store.failNext = error;
    const first = await create(key, { name: 'fails' });
    expect(first.status).toBe(status);
    const again = await create(key, { name: 'fails' });
    expect([again.status, again.replayed]).toEqual(kept ? [status, 'true'] : [201, null]);
    if (kept) expect({ ...again.body, requestId: '' }).toEqual({ ...first.body, requestId: '' });
  });

  it('keeps what validation refuses', async () => {
    const key = randomUUID();
    const first = await create(key, { name: 'Nö' });
    const again = await create(key, { name: 'Nö' });
    expect([again.status, again.replayed, again.body.errors]).toEqual([400, 'true', first.body.errors]);
  });

  it('gives every attempt the same idempotency id', async () => {
    const key = randomUUID();
    fixture.store.idempotencyIds.length = 0;
    fixture.store.failNext = unavailable();
    await create(key, { name: 'again' });
    await create(key, { name: 'again' });
    await create(null, { name: 'again' });
    const [first, second, without] = fixture.store.idempotencyIds;
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).toBe(first);
    expect(without).toBeNull();
  });

  it.each(['a'.repeat(256), 'two words', '""', '\xfc'])('refuses the key %p', async (key) => {
    expect((await create(key, { name: 'a' })).body.code).toBe('idempotency.key_invalid');
  });

  describe('of GraphQL mutations', () => {
    const mutate = async (input: Record<string, unknown>, fields = 'widget { id name } by') => {
      const response = await fetch(`${fixture.url}/graphql`, {
        method: 'POST',
        headers: { ...bearer('editor'), 'content-type': 'application/json' },
        body: JSON.stringify({
          query: `mutation($i: CreateWidgetInput!) { createWidget(input: $i) { ${fields} } }`,
          variables: { i: { project: 'blue', ...input } },
        }),
      });
      return { replayed: response.headers.get('idempotent-replayed'), body: (await response.json()) as Body };
    };

    it('replays, refuses another, and does not meet REST', async () => {
      const key = randomUUID();
      const first = await mutate({ name: 'gql', idempotencyKey: key });
      const again = await mutate({ name: 'gql', idempotencyKey: key }, 'widget { name }');
      expect(first.body.errors).toBeUndefined();
      expect([first.replayed, again.replayed]).toEqual([null, 'true']);
      expect(again.body.data.createWidget).toEqual({ widget: { name: 'gql' } });
      expect(made('gql')).toBe(1);
      const other = await mutate({ name: 'gql2', idempotencyKey: key });
      expect(other.body.errors[0].extensions.code).toBe('idempotency.mismatch');
      expect((await create(key, { name: 'gql' })).status).toBe(201);
    });

    it('takes dryRun as REST does', async () => {
      const before = fixture.store.dryRuns;
      expect((await mutate({ name: 'gql-dry', dryRun: true })).body.errors).toBeUndefined();
      expect(
        (await mutate({ name: 'gql-dry', dryRun: true, idempotencyKey: randomUUID() })).body.errors,
      ).toBeUndefined();
      expect(fixture.store.dryRuns).toBe(before + 2);
      expect(made('gql-dry')).toBe(0);
    });
  });

  describe('the store', () => {
    let postgres: PostgresDatabase;
    let store: IdempotencyStore;
    let client: pg.Client;

    beforeAll(async () => {
      postgres = new PostgresDatabase({ url: database.url });
      store = new IdempotencyStore(postgres, new Sealer(new MasterKey('s'.repeat(32))));
      client = new pg.Client({ connectionString: database.url });
      await client.connect();
    });
    afterAll(async () => {
      await client?.end();
      await postgres?.close();
    });

    const take = async (scope: Buffer, what = 'x') => (await store.begin(scope, digest(what))) as Lease;
    const age = (scope: Buffer, change: string) =>
      client.query(`update idempotency_record set ${change} where scope = $1`, [scope]);

    it('hands the key of a process that died to the next, under the same id', async () => {
      const scope = digest(randomUUID());
      const dead = await take(scope);
      await expect(take(scope)).rejects.toMatchObject({ code: 'idempotency.in_progress' });
      await age(scope, "lease_until = now() - interval '1 second'");
      await expect(take(scope, 'other')).rejects.toMatchObject({ code: 'idempotency.mismatch' });
      const next = await take(scope);
      expect(next.id).toBe(dead.id);
      // The dead one comes back: it holds nothing any more.
      await dead.keep('late');
      await next.keep('answer');
      expect(await store.begin(scope, digest('x'))).toEqual({ outcome: 'replay', answer: 'answer' });
    });

    it('gives a key a new life after 24 hours, and prunes', async () => {
      const scope = digest(randomUUID());
      const first = await take(scope);
      await first.keep('old');
      await age(scope, "created_at = now() - interval '25 hours'");
      const second = await take(scope, 'something else');
      expect(second.id).not.toBe(first.id);
      await second.keep('new');
      expect(await store.begin(scope, digest('something else'))).toMatchObject({ answer: 'new' });
      await age(scope, "created_at = now() - interval '25 hours'");
      expect(await store.prune()).toBe(1);
      expect(await store.prune()).toBe(0);
    });

    it('stores answers sealed', async () => {
      const scope = digest(randomUUID());
      await (await take(scope)).keep('the secret token vgt_abc');
      const { rows } = await client.query('select response from idempotency_record where scope = $1', [
        scope,
      ]);
      expect(rows[0].response.includes('vgt_abc')).toBe(false);
    });
  });
});
