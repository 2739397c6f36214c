import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { MIGRATIONS_DIRECTORY, migrate, readMigrations } from '../../src/platform/database/migrations.js';
import { EmbeddedPostgres } from '../../src/platform/embedded-postgres/embedded-postgres.js';

/** A test need not survive a power cut. */
const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '100' };

export interface FreshDatabase {
  url: string;
  close(): Promise<void>;
}

/**
 * An empty, migrated database of its own on a Postgres that all test files of one Jest process share.
 * The server starts with the first call and ends, with its files, when that process does.
 */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = await sharedServer();
  const template = await migratedTemplate(server);
  const name = `test_${randomBytes(6).toString('hex')}`;
  await query(server, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  return {
    url: inDatabase(server, name),
    close: () => query(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function sharedServer(): Promise<string> {
  // Test files see modules of their own, so what they share is kept in a file under the process id.
  const directory = join(tmpdir(), `virtgate-test-postgres-${process.pid}`);
  const urlFile = join(directory, 'url');
  if (existsSync(urlFile)) return readFileSync(urlFile, 'utf8');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const running = await new EmbeddedPostgres({ directory, settings: FAST, background: true }).start();
  endWithUs(running.process.pid!, directory);
  writeFileSync(urlFile, running.url, { mode: 0o600 });
  return running.url;
}

/** A small shell outlives us by a moment: it notices our end by the closing of its input, then cleans up. */
function endWithUs(postmaster: number, directory: string): void {
  const script =
    'cat >/dev/null; kill -INT "$1" 2>/dev/null; while kill -0 "$1" 2>/dev/null; do sleep 0.1; done; rm -rf "$2"';
  const keeper = spawn('/bin/sh', ['-c', script, 'sh', String(postmaster), directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  keeper.unref();
  (keeper.stdin as unknown as { unref(): void }).unref();
}

async function migratedTemplate(server: string): Promise<string> {
  const migrations = await readMigrations(MIGRATIONS_DIRECTORY);
  const state = createHash('sha256').update(migrations.map(({ name, checksum }) => name + checksum).join());
  const name = `template_${state.digest('hex').slice(0, 12)}`;
  if (await exists(server, name)) return name;
  const draft = `draft_${randomBytes(6).toString('hex')}`;
  await query(server, `CREATE DATABASE ${draft}`);
  await migrate(inDatabase(server, draft));
  await query(server, `ALTER DATABASE ${draft} RENAME TO ${name}`);
  return name;
}

async function exists(server: string, name: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  await client.end();
  return rowCount === 1;
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function inDatabase(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
