import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.js';
import { migrate, pendingMigrations } from './migrations.js';

describe('migrations', () => {
  let database: FreshDatabase;
  let directory: string;
  const file = (name: string, sql: string) => writeFile(join(directory, name), sql);
  const options = () => ({ directory, queue: false });

  beforeEach(async () => {
    database = await freshDatabase();
    directory = await mkdtemp(join(tmpdir(), 'virtgate-migrations-'));
  });
  afterEach(async () => {
    await database.close();
    await rm(directory, { recursive: true });
  });

  it('has nothing left to do on a fresh test database', async () => {
    expect(await pendingMigrations(database.url)).toEqual([]);
    expect(await migrate(database.url)).toEqual([]);
  });

  it('applies new files once, in order, also when two processes start together', async () => {
    await file('20300101000000_second.sql', 'ALTER TABLE made ADD COLUMN more int');
    await file('20290101000000_first.sql', 'CREATE TABLE made (id int)');
    expect(await pendingMigrations(database.url, options())).toHaveLength(2);
    const applied = await Promise.all([1, 2, 3].map(() => migrate(database.url, options())));
    expect(applied.flat()).toEqual(['20290101000000_first.sql', '20300101000000_second.sql']);
    expect(await pendingMigrations(database.url, options())).toEqual([]);
  });

  it('leaves nothing of a file that fails and says which one', async () => {
    await file('20290101000000_good.sql', 'CREATE TABLE good (id int)');
    await file('20290201000000_bad.sql', 'CREATE TABLE half (id int); SELECT nonsense');
    await expect(migrate(database.url, options())).rejects.toThrow(/20290201000000_bad\.sql/);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(`SELECT to_regclass('good') AS good, to_regclass('half') AS half`);
    await client.end();
    expect(rows[0]).toEqual({ good: 'good', half: null });
    expect(await pendingMigrations(database.url, options())).toEqual(['20290201000000_bad.sql']);
  });

  it('refuses a file that was changed after it had been applied', async () => {
    await file('20290101000000_first.sql', 'CREATE TABLE made (id int)');
    await migrate(database.url, options());
    await file('20290101000000_first.sql', 'CREATE TABLE made (id bigint)');
    await expect(migrate(database.url, options())).rejects.toThrow(/was changed/);
  });

  it('refuses a file whose name does not sort by time', async () => {
    await file('1_first.sql', 'SELECT 1');
    await expect(migrate(database.url, options())).rejects.toThrow(/not named like/);
  });
});
