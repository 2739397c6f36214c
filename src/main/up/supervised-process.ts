import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface ProcessOptions {
  name: string;
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  /** Where its process id is kept, for people and tools. */
  pidFile: string;
  /** One line of its output. */
  onLine(line: string): void;
  /** Told when it died without being asked to; it is started again after `delayMs`. */
  onDeath(how: string, delayMs: number): void;
}

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;
const STABLE_AFTER_MS = 30_000;

/**
 * A role of virtgate as a child process: started again with back-off when it dies, ended with its parent.
 * It has a process group of its own, so that Ctrl-C reaches the supervisor alone, which ends its children
 * in order; and an IPC channel, whose closing tells it that the supervisor is gone.
 */
export class SupervisedProcess {
  private child: ChildProcess | null = null;
  private stopping = false;
  private delayMs = FIRST_DELAY_MS;
  private restart: NodeJS.Timeout | null = null;

  constructor(private readonly options: ProcessOptions) {}

  start(): void {
    const startedAt = Date.now();
    const child = spawn(this.options.command, this.options.args, {
      env: this.options.env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    this.child = child;
    if (child.pid) writeFileSync(this.options.pidFile, `${child.pid}\n`);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.options.onLine(line));
    }
    child.on('error', (error) => this.options.onLine(`cannot be started: ${error.message}`));
    child.on('exit', (code, signal) => {
      this.child = null;
      if (this.stopping) return;
      if (Date.now() - startedAt > STABLE_AFTER_MS) this.delayMs = FIRST_DELAY_MS;
      this.options.onDeath(signal ? `signal ${signal}` : `exit code ${code}`, this.delayMs);
      this.restart = setTimeout(() => this.start(), this.delayMs);
      this.delayMs = Math.min(this.delayMs * 2, LONGEST_DELAY_MS);
    });
  }

  /** SIGTERM, then SIGKILL after `graceMs`. Resolves when it is gone. */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    if (this.restart) clearTimeout(this.restart);
    const { child } = this;
    if (child) {
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await gone;
      clearTimeout(kill);
    }
    rmSync(this.options.pidFile, { force: true });
  }
}
