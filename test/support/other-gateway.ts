import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { until, type Virtgate } from './virtgate.js';

const root = resolve(import.meta.dirname, '../..');

/** One more gateway of a product that runs, with settings of its own: the same database, cluster and secret. */
export class OtherGateway {
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown>;
  private address: string | null = null;
  private readonly lines: string[] = [];

  constructor(
    private readonly virtgate: Virtgate,
    env: Record<string, string>,
  ) {
    const environment = readFileSync(`/proc/${virtgate.pid('gateway')}/environ`, 'utf8')
      .split('\0')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
      // The supervisor's channel is the other one's.
      .filter(([name = '']) => name !== '' && !name.startsWith('NODE_CHANNEL_'));
    this.child = spawn(
      join(root, 'node_modules/.bin/node'),
      [join(root, 'dist/main/virtgate.js'), 'gateway'],
      {
        cwd: root,
        env: { ...Object.fromEntries(environment), PORT: '0', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.exited = once(this.child, 'exit');
    for (const stream of [this.child.stdout, this.child.stderr]) {
      createInterface({ input: stream! }).on('line', (line) => {
        this.lines.push(line);
        if (line.includes('gateway listens')) this.address = /http:\/\/[^"\s]+/.exec(line)?.[0] ?? null;
      });
    }
  }

  async ready(): Promise<void> {
    await until(
      'another gateway is ready',
      async () => {
        if (this.child.exitCode !== null) throw new Error(`it ended:\n${this.lines.join('\n')}`);
        return this.address && (await fetch(`${this.address}/readyz`).catch(() => null))?.status === 200;
      },
      120_000,
      () => this.lines.slice(-20).join('\n'),
    );
  }

  /** What the first gateway says of itself, here. */
  hereInsteadOf(websocketUrl: string): string {
    const ws = (url: string) => url.replace(/^http/, 'ws');
    return websocketUrl.replace(ws(this.virtgate.url), ws(this.address as string));
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGTERM');
    await this.exited;
  }
}
