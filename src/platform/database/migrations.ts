import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  assertSchemaCompatibility,
  LATEST_SCHEMA_VERSION,
  runMigrations,
  SchemaMigrationRequiredError,
} from 'bullmq';
import pg from 'pg';

/** Held while migrating, so that two processes that start together do not both do it. */
const LOCK = 7_164_651;
const FILE = /^\d{14}_[a-z0-9-]+\.sql$/;

export const MIGRATIONS_DIRECTORY = fileURLToPath(new URL('../../../migrations/', import.meta.url));

export interface MigrationOptions {
  /** Whether BullMQ keeps its queues in this database: then its schema is brought up to date as well. */
  queue?: boolean;
  directory?: string;
}

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

/**
 * Brings the database up to date: each file in a transaction of its own, in the order of their names, forward only.
 * Returns what was applied. Throws when a file that was applied has been changed since.
 */
export async function migrate(url: string, options: MigrationOptions = {}): Promise<string[]> {
  return withClient(url, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await client.query(
      `CREATE TABLE IF NOT EXISTS schema_migration (
         name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const pending = await findPending(client, options);
    for (const migration of pending) await apply(client, migration);
    const names = pending.map(({ name }) => name);
    if ((options.queue ?? true) && (await queueSchemaPending(client))) {
      await runMigrations(client);
      names.push('bullmq');
    }
    return names;
  });
}

/** What `migrate` would apply. */
export async function pendingMigrations(url: string, options: MigrationOptions = {}): Promise<string[]> {
  return withClient(url, async (client) => {
    const names = (await findPending(client, options)).map(({ name }) => name);
    if ((options.queue ?? true) && (await queueSchemaPending(client))) names.push('bullmq');
    return names;
  });
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query('INSERT INTO schema_migration (name, checksum) VALUES ($1, $2)', [name, checksum]);
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => {});
    throw new Error(`Migration ${name} failed: ${(cause as Error).message}`, { cause });
  }
}

async function findPending(client: pg.Client, options: MigrationOptions): Promise<Migration[]> {
  const applied = await appliedChecksums(client);
  const files = await readMigrations(options.directory ?? MIGRATIONS_DIRECTORY);
  for (const { name, checksum } of files) {
    const known = applied.get(name);
    if (known && known !== checksum) {
      throw new Error(`Migration ${name} was changed after it had been applied; write a new one instead.`);
    }
  }
  return files.filter(({ name }) => !applied.has(name));
}

async function appliedChecksums(client: pg.Client): Promise<Map<string, string>> {
  const { rows: present } = await client.query(`SELECT to_regclass('schema_migration') AS found`);
  if (present[0]?.found === null) return new Map();
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM schema_migration',
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

export async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      if (!FILE.test(name)) throw new Error(`${name} is not named like 20260131120000_what-it-does.sql.`);
      const sql = await readFile(`${directory}/${name}`, 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function queueSchemaPending(client: pg.Client): Promise<boolean> {
  try {
    return (await assertSchemaCompatibility(client)) < LATEST_SCHEMA_VERSION;
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return true;
    throw error;
  }
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    // The advisory lock ends with its session.
    await client.end().catch(() => {});
  }
}
