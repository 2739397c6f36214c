import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgres } from '../../platform/embedded-postgres/embedded-postgres.js';

export interface SupervisedPostgresOptions {
  directory: string;
  pidFile: string;
  onLine(line: string): void;
}

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;

/** The embedded Postgres, started again on the same port when it dies. */
export class SupervisedPostgres {
  private readonly postgres: EmbeddedPostgres;
  private stopping = false;

  constructor(private readonly options: SupervisedPostgresOptions) {
    this.postgres = new EmbeddedPostgres({ directory: options.directory, onLog: options.onLine });
  }

  /** Resolves with the database's URL once it answers. */
  async start(): Promise<string> {
    const { url, process } = await this.postgres.start();

    writeFileSync(this.options.pidFile, `${process.pid}\n`);
    process.once('exit', (code, signal) => {
      if (!this.stopping) void this.comeBack(signal ? `signal ${signal}` : `exit code ${code}`);
    });
    return url;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.postgres.stop();
    rmSync(this.options.pidFile, { force: true });
  }

  private async comeBack(how: string): Promise<void> {
    let delayMs = FIRST_DELAY_MS;
    this.options.onLine(`ended (${how}); starting it again`);
    while (!this.stopping) {
      await sleep(delayMs);
      if (this.stopping) return;
      try {
        await this.start();
        return;
      } catch (error) {
        this.options.onLine(`does not start: ${(error as Error).message}`);
        delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
      }
    }
  }
}
