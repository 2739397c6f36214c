import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startProcess } from '../../../test/support/process.js';
import { EmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.js';

const OWNER = fileURLToPath(new URL('../../../test/support/postgres-owner.ts', import.meta.url));

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

async function untilGone(pid: number): Promise<void> {
  for (let i = 0; i < 100 && existsSync(`/proc/${pid}`); i += 1) await sleep(50);
  expect(() => process.kill(pid, 0)).toThrow();
}

describe('EmbeddedPostgres', () => {
  let parent: string;
  let directory: string;
  const servers: EmbeddedPostgres[] = [];
  const server = (options: Partial<EmbeddedPostgresOptions> = {}) => {
    const one = new EmbeddedPostgres({ directory, ...options });
    servers.push(one);
    return one;
  };

  beforeEach(() => {
    // mkdtemp makes it closed to others (mode 700), as a clone's directory may be.
    parent = mkdtempSync(join(tmpdir(), 'virtgate-embedded-'));
    directory = join(parent, 'a rather long name with spaces', 'postgres');
  });
  afterEach(async () => {
    for (const one of servers.splice(0)) await one.stop();
    rmSync(parent, { recursive: true, force: true });
  });

  it('keeps its data, its port and its password over a restart', async () => {
    const first = server();
    const { url } = await first.start();
    await query(url, 'CREATE TABLE kept (id int)');
    await first.stop();
    const again = await server().start();
    expect(again.url).toBe(url);
    await query(url, 'SELECT * FROM kept');
    expect(statSync(join(directory, 'password')).mode & 0o777).toBe(0o600);
    expect(new URL(url).password).toBe(readFileSync(join(directory, 'password'), 'utf8'));
    expect(new URL(url).hostname).toBe('127.0.0.1');
  });

  it('wants its password, and is durable', async () => {
    const { url } = await server().start();
    const wrong = new URL(url);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    expect(await query(url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    expect(await query(url, 'SHOW server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
  });

  it('comes back after the postmaster was killed, with what was committed', async () => {
    const one = server();
    const { url, process: postmaster } = await one.start();
    await query(url, 'CREATE TABLE kept (id int)');
    await query(url, 'INSERT INTO kept VALUES (7)');
    postmaster.kill('SIGKILL');
    await once(postmaster, 'exit');
    expect((await one.start()).url).toBe(url);
    expect(await query(url, 'SELECT id FROM kept')).toEqual([{ id: 7 }]);
  });

  it('ends the one that another life left running, and takes its place', async () => {
    const left = server();
    const { url, process: old } = await left.start();
    const ended = once(old, 'exit');
    const { url: next } = await server().start();
    await ended;
    expect(next).toBe(url);
    await query(url, 'SELECT 1');
  });

  it('does not stay for ever when its owner is killed, and starts again at once', async () => {
    const owner = startProcess(OWNER, { DIRECTORY: directory });
    const [, pid, url] = (await owner.line('running ')).split(' ');
    await owner.kill();
    const again = await server().start();
    expect(again.url).toBe(url);
    await untilGone(Number(pid));
  });

  it('is not misled by a postmaster.pid whose number is a stranger today', async () => {
    const one = server();
    const { url } = await one.start();
    await one.stop();
    writeFileSync(join(directory, 'data', 'postmaster.pid'), `${process.pid}\n${join(directory, 'data')}\n`);
    expect((await server().start()).url).toBe(url);
  });

  it('takes another port when the one it had belongs to somebody else', async () => {
    const one = server();
    const { url } = await one.start();
    await one.stop();
    const squatter = createServer().listen(Number(new URL(url).port), '127.0.0.1');
    await once(squatter, 'listening');
    try {
      const again = await server().start();
      expect(new URL(again.url).port).not.toBe(new URL(url).port);
      await query(again.url, 'SELECT 1');
    } finally {
      squatter.close();
    }
  });

  it('starts over after an initdb that was killed half-way', async () => {
    mkdirSync(join(directory, 'data.new', 'base'), { recursive: true });
    writeFileSync(join(directory, 'data.new', 'PG_VERSION'), '18\n');
    await server().start();
  });

  it('says why it cannot start', async () => {
    const one = server({ settings: { shared_buffers: 'nonsense' } });
    await expect(one.start()).rejects.toThrow(/shared_buffers/);
  });

  const asRoot = process.getuid?.() === 0 ? it : it.skip;
  /** Where neither unshare nor setpriv is found. */
  const bareOwner = () => startProcess(OWNER, { DIRECTORY: directory, PATH: '/nonexistent' });

  asRoot('says, as root without user namespaces, what stands in the way', async () => {
    const owner = bareOwner();
    const failed = await owner.line('failed ');
    expect(failed).toMatch(/refuses to be root.*unshare.*DATABASE_URL/);
    await owner.kill();
  });

  asRoot('runs, as root without user namespaces, as another user where that user may go', async () => {
    chmodSync(parent, 0o755);
    mkdirSync(join(directory, '..'), { recursive: true, mode: 0o755 });
    const owner = bareOwner();
    const [, pid, url] = (await owner.line('running ')).split(' ');
    await query(url!, 'SELECT 1');
    expect(statSync(join(directory, 'data')).uid).not.toBe(0);
    await owner.kill();
    // Without setpriv it outlives its owner; whoever comes next ends it, and may have other ways to run it.
    const again = await server().start();
    await query(again.url, 'SELECT 1');
    await untilGone(Number(pid));
  });
});
