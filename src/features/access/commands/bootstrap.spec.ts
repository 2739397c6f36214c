import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FreshDatabase, freshDatabase } from '../../../../test/support/database.js';
import { Clock } from '../../../kernel/clock.js';
import { PostgresDatabase } from '../../../platform/database/postgres-database.js';
import { SqlOutbox } from '../../../platform/queue/sql-outbox.js';
import type { AccessTables } from '../data/access-tables.js';
import { CredentialStore } from '../data/credential-store.js';
import { tokenHash } from '../domain/token-secret.js';
import { Bootstrap } from './bootstrap.js';

const DAY_MS = 86_400_000;

class HeldClock extends Clock {
  time = Date.now();

  now(): Date {
    return new Date(this.time);
  }
}

describe('bootstrap', () => {
  let fresh: FreshDatabase;
  let database: PostgresDatabase;
  let clock: HeldClock;
  let dataDirectory: string;

  beforeEach(async () => {
    fresh = await freshDatabase();
    database = new PostgresDatabase({ url: fresh.url, poolSize: 4 });
    clock = new HeldClock();
    dataDirectory = mkdtempSync(join(tmpdir(), 'virtgate-bootstrap-'));
  });

  afterEach(async () => {
    await database.close();
    await fresh.close();
    rmSync(dataDirectory, { recursive: true });
  });

  const ensure = () => new Bootstrap(database, new SqlOutbox(database), clock).ensureDemo({ dataDirectory });
  const file = () => join(dataDirectory, 'admin-token');
  const principal = (token: string) => new CredentialStore(database).byTokenHash(tokenHash(token) as Buffer);
  const count = async (table: Exclude<keyof AccessTables, 'role'>) => {
    const rows = await database.tables<AccessTables>().selectFrom(table).select('created_at').execute();
    return rows.length;
  };

  it('makes a tenant, a project and a platform-admin, and writes the token for its owner only', async () => {
    const token = await ensure();
    expect(readFileSync(file(), 'utf8')).toBe(`${token}\n`);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDirectory)).toEqual(['admin-token']);
    const admin = await principal(token);
    expect(admin).toMatchObject({ type: 'user', name: 'admin', scopes: null });
    expect(admin?.bindings).toEqual([
      expect.objectContaining({ role: 'platform-admin', scope: { level: 'platform' }, expiresAt: null }),
    ]);
    expect(admin?.expiresAt?.getTime()).toBe(clock.time + 90 * DAY_MS);
  });

  it('keeps what is there as long as the token is good for more than a day', async () => {
    const token = await ensure();
    chmodSync(file(), 0o644);
    clock.time += 88.9 * DAY_MS;
    expect(await ensure()).toBe(token);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(
      await Promise.all([count('tenant'), count('project'), count('role_binding'), count('api_token')]),
    ).toEqual([1, 1, 1, 1]);
    clock.time += 0.2 * DAY_MS;
    const renewed = await ensure();
    expect(renewed).not.toBe(token);
    expect(readFileSync(file(), 'utf8').trim()).toBe(renewed);
  });

  it('makes another token where the file is lost, is not ours, or was revoked', async () => {
    const first = await ensure();
    rmSync(file());
    const second = await ensure();
    writeFileSync(file(), 'vgt_nonsense');
    const third = await ensure();
    await database.tables<AccessTables>().updateTable('api_token').set({ revoked_at: new Date() }).execute();
    const fourth = await ensure();
    expect(new Set([first, second, third, fourth]).size).toBe(4);
    expect(await principal(third)).toBeNull();
    expect((await principal(fourth))?.name).toBe('admin');
  });

  it('makes everything once when two start at once', async () => {
    const tokens = await Promise.all([ensure(), ensure(), ensure()]);
    expect(new Set(tokens).size).toBe(1);
    expect(await Promise.all([count('tenant'), count('project'), count('user_account')])).toEqual([1, 1, 1]);
  });
});
