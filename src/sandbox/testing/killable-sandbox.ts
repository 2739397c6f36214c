import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnTypeScript } from '../../../test/guest-image/typescript-process.js';
import { SandboxClient } from './sandbox-client.js';

/** A sandbox with simulated guests in a process of its own, to be killed and started again on the same data. */
export class KillableSandbox {
  #child: ChildProcess | undefined;

  private constructor(readonly directory: string) {}

  static async make(): Promise<KillableSandbox> {
    return new KillableSandbox(await mkdtemp(join(tmpdir(), 'sandbox-crash-')));
  }

  /** Answers its client once it serves. */
  async up(): Promise<SandboxClient> {
    const options = { dataDirectory: this.directory, port: 0, driver: 'simulated' };
    const script = fileURLToPath(new URL('./run-sandbox.ts', import.meta.url));
    const child = spawnTypeScript(script, [JSON.stringify(options)]);
    this.#child = child;
    const kubeconfig = await new Promise<string>((resolve, reject) => {
      child.stdout?.once('data', (line) => resolve(String(line).trim()));
      child.once('exit', (code) => reject(new Error(`the sandbox ended with ${code}`)));
    });
    return new SandboxClient(kubeconfig);
  }

  /** SIGKILL, `ms` milliseconds from now. */
  async killAfter(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    const gone = new Promise((resolve) => this.#child?.once('exit', resolve));
    this.#child?.kill('SIGKILL');
    await gone;
  }

  async remove(): Promise<void> {
    await this.killAfter(0);
    await rm(this.directory, { recursive: true, force: true });
  }
}
