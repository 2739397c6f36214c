import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import pg from 'pg';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { EmbeddedPostgres } from '../embedded-postgres/embedded-postgres.js';
import { PostgresDatabase } from './postgres-database.js';

interface Tables {
  counter: { name: string; value: number };
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i += 1) await sleep(50);
  expect(condition()).toBe(true);
}

describe('PostgresDatabase', () => {
  let fresh: FreshDatabase;
  let database: PostgresDatabase;

  beforeEach(async () => {
    fresh = await freshDatabase();
    database = new PostgresDatabase({ url: fresh.url, poolSize: 5 });
    await sql`CREATE TABLE counter (name text PRIMARY KEY, value int NOT NULL)`.execute(database.tables());
    await database
      .tables<Tables>()
      .insertInto('counter')
      .values([
        { name: 'a', value: 0 },
        { name: 'b', value: 0 },
      ])
      .execute();
  });
  afterEach(async () => {
    await database.close();
    await fresh.close();
  });

  const bump = (tx: { tables<T>(): import('kysely').Transaction<T> }, name: string) =>
    tx
      .tables<Tables>()
      .updateTable('counter')
      .set((eb) => ({ value: eb('value', '+', 1) }))
      .where('name', '=', name)
      .execute();

  it('rolls back what throws', async () => {
    await expect(
      database.transaction(async (tx) => {
        await bump(tx, 'a');
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    const row = await database
      .tables<Tables>()
      .selectFrom('counter')
      .selectAll()
      .where('name', '=', 'a')
      .executeTakeFirstOrThrow();
    expect(row.value).toBe(0);
  });

  it('tries a deadlocked transaction again', async () => {
    const both = (first: string, second: string) =>
      database.transaction(async (tx) => {
        await bump(tx, first);
        await sleep(100);
        await bump(tx, second);
      });
    await Promise.all([both('a', 'b'), both('b', 'a')]);
    const rows = await database.tables<Tables>().selectFrom('counter').selectAll().execute();
    expect(rows.map((row) => row.value)).toEqual([2, 2]);
  });

  it('tells a signal on commit only, to every listener', async () => {
    const heard: (string | null)[] = [];
    const stop = database.listen('operation', (payload) => heard.push(payload));
    await until(() => heard.length === 1); // null: the connection is up
    await database.transaction((tx) => database.notify(tx, 'operation', 'one'));
    await database
      .transaction(async (tx) => {
        await database.notify(tx, 'operation', 'never');
        throw new Error('no');
      })
      .catch(() => {});
    await database.transaction((tx) => database.notify(tx, 'operation', 'two'));
    await until(() => heard.includes('two'));
    expect(heard).toEqual([null, 'one', 'two']);
    stop();
  });

  it('listens again after its connection was cut, and says that something may have been missed', async () => {
    const heard: (string | null)[] = [];
    database.listen('access', (payload) => heard.push(payload));
    await until(() => heard.length === 1);
    const client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'virtgate signals' AND datname = current_database()`,
    );
    await client.end();
    await until(() => heard.length === 2);
    await database.transaction((tx) => database.notify(tx, 'access', 'x'));
    await until(() => heard.length === 3);
    expect(heard).toEqual([null, null, 'x']);
  });
});

describe('PostgresDatabase with a server that goes away', () => {
  it('says service.unavailable meanwhile and works again afterwards', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'virtgate-away-'));
    const server = new EmbeddedPostgres({ directory, settings: { fsync: 'off' } });
    const { url } = await server.start();
    const database = new PostgresDatabase({ url });
    try {
      await database.ping();
      await server.stop();
      await expect(database.ping()).rejects.toMatchObject({ code: 'service.unavailable', retryAfter: 2 });
      await expect(database.transaction(async () => 1)).rejects.toMatchObject({
        code: 'service.unavailable',
      });
      expect((await server.start()).url).toBe(url);
      await database.ping();
    } finally {
      await database.close();
      await server.stop();
      await rm(directory, { recursive: true });
    }
  });
});
