import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Settings } from '../config/settings.js';
import { DataDirectory } from './data-directory.js';
import { runOnce } from './run-once.js';
import { SupervisedPostgres } from './supervised-postgres.js';
import { SupervisedProcess } from './supervised-process.js';

const executable = fileURLToPath(new URL('../virtgate.js', import.meta.url));

/** How long each role gets to end by itself. */
const GRACE_MS = 12_000;

/**
 * `virtgate up`: everything on one machine. Postgres, sandbox, gateway and worker are children of their own,
 * started in that order, started again when they die, ended in reverse.
 */
export class Up {
  private readonly data: DataDirectory;
  private readonly children: { name: string; stop(): Promise<void> }[] = [];
  private readonly env: NodeJS.ProcessEnv;
  private stopping = false;

  constructor(private readonly settings: Settings) {
    this.data = new DataDirectory(settings.VIRTGATE_DATA);
    this.env = {
      // Every role loads much of the same code: compiled once, here or where the operator says.
      NODE_COMPILE_CACHE: this.data.file('compiled'),
      ...process.env,
      VIRTGATE_DATA: this.data.path,
      VIRTGATE_SECRET: settings.VIRTGATE_SECRET ?? this.data.secret(),
    };
  }

  /** Resolves when everything that was started has ended again, after a signal. */
  async run(): Promise<void> {
    const unlock = this.data.lock();
    const signal = stopSignal();
    try {
      const started = this.start().then(() => true);
      started.catch(() => {});
      if (await Promise.race([started, signal.then(() => false)])) {
        this.welcome();
        await signal;
      }
      console.log('\nvirtgate is stopping ...');
    } finally {
      await this.stop();
      unlock();
    }
  }

  private async start(): Promise<void> {
    if (!this.settings.DATABASE_URL) await this.startPostgres();
    if (!this.settings.KUBECONFIG) await this.startSandbox();
    await runOnce(executable, 'bootstrap', this.env, (line) => this.log('bootstrap', line));
    this.startRole('gateway');
    this.startRole('worker');
    await this.gatewayReady();
  }

  private async startPostgres(): Promise<void> {
    const postgres = new SupervisedPostgres({
      directory: this.data.file('postgres'),
      pidFile: this.data.file('run', 'postgres.pid'),
      onLine: (line) => this.log('postgres', line),
    });
    this.children.push({ name: 'postgres', stop: () => postgres.stop() });
    this.env.DATABASE_URL = await postgres.start();
  }

  private async startSandbox(): Promise<void> {
    const kubeconfig = this.data.file('sandbox', 'gateway.kubeconfig');
    this.startRole('sandbox');
    await this.until(
      'the sandbox',
      async () => existsSync(kubeconfig) && existsSync(this.data.file('run', 'sandbox.ready')),
    );
    this.env.KUBECONFIG = kubeconfig;
  }

  private startRole(name: string): void {
    if (this.stopping) return;
    const child = new SupervisedProcess({
      name,
      command: process.execPath,
      args: [executable, name],
      env: this.env,
      pidFile: this.data.file('run', `${name}.pid`),
      onLine: (line) => this.log(name, line),
      onDeath: (how, delayMs) => this.log('up', `${name} ended (${how}); starting it again in ${delayMs} ms`),
    });
    this.children.push({ name, stop: () => child.stop(GRACE_MS) });
    child.start();
  }

  private async gatewayReady(): Promise<void> {
    await this.until('the gateway', async () => {
      const answer = await fetch(`${this.localUrl()}/readyz`).catch(() => null);
      return answer?.status === 200;
    });
  }

  private async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!(await holds())) {
      if (Date.now() > deadline)
        throw new Error(`${what} did not become ready within a minute; see its lines above.`);
      await sleep(100);
    }
  }

  private localUrl(): string {
    const host = ['0.0.0.0', '::'].includes(this.settings.HOST) ? '127.0.0.1' : this.settings.HOST;
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.settings.PORT}`;
  }

  private welcome(): void {
    const url = this.settings.PUBLIC_URL ?? this.localUrl();
    const tokenFile = this.data.file('admin-token');
    const token = existsSync(tokenFile) ? readFileSync(tokenFile, 'utf8').trim() : null;
    const cluster = this.clusterLines();
    console.log(
      [
        '',
        `  REST and docs   ${url}/docs`,
        `  GraphQL         ${url}/graphiql`,
        `  Start page      ${url}/`,
        ...cluster,
        ...(token ? [`  Admin token     ${token}`, `                  (also in ${tokenFile})`] : []),
        '',
        '  Try it:',
        `  curl -H "Authorization: Bearer ${token ?? '$TOKEN'}" ${url}/api/v1/projects/demo/vms`,
        '',
        'virtgate is ready',
      ].join('\n'),
    );
  }

  private clusterLines(): string[] {
    if (this.settings.KUBECONFIG) return [`  Cluster         that of ${this.settings.KUBECONFIG}`];
    const { driver } = JSON.parse(readFileSync(this.data.file('run', 'sandbox.ready'), 'utf8'));
    const machines =
      driver === 'simulated'
        ? 'simulated; install qemu-system-x86 and qemu-utils for real ones'
        : `real, booted by ${driver}`;
    return [
      `  Machines        ${machines}`,
      `  Cluster         kubectl --kubeconfig ${this.data.file('sandbox', 'kubeconfig')} get vm -A`,
    ];
  }

  private async stop(): Promise<void> {
    this.stopping = true;
    for (const child of this.children.reverse()) {
      try {
        await child.stop();
      } catch (error) {
        this.log('up', `${child.name} does not end: ${(error as Error).message}`);
      }
    }
  }

  private log(name: string, line: string): void {
    console.error(`${name.padEnd(9)}| ${line}`);
  }
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve());
    }
  });
}
