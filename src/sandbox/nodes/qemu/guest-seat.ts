import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { NodeLogger } from '../node-logger.js';
import { ChildEnd, seeOff, unexpectedEnd } from './guest-end.js';
import type { GuestFiles } from './guest-files.js';
import { lastComplaint } from './guest-launch.js';
import { QmpClient } from './qmp-client.js';
import { endTpm } from './tpm-process.js';
import { connectUnix } from './unix-socket.js';

/** One QEMU process of a guest, with what speaks to it. A guest that moves has two for a while. */
export class GuestSeat {
  readonly files: GuestFiles;
  readonly end: ChildEnd;
  #pid: number | undefined;
  #qmp: QmpClient | undefined;
  #line: Socket | undefined;

  /** A child of ours, or the pid of one that an earlier process started. */
  constructor(files: GuestFiles, process: ChildProcess | number | undefined) {
    this.files = files;
    this.#pid = typeof process === 'object' ? process.pid : process;
    this.end = new ChildEnd(typeof process === 'object' ? process : undefined);
  }

  get pid(): number | undefined {
    return this.#pid;
  }

  get qmp(): QmpClient | undefined {
    return this.#qmp;
  }

  /** The first serial port, from `connect` on. */
  get line(): Socket | undefined {
    return this.#line;
  }

  /** Rejects when it does not answer in time, or has ended. */
  async connect(timeoutMs: number, options: { serial: boolean; goOn?(): boolean }): Promise<QmpClient> {
    const alive = () => this.end.description === '' && (options.goOn?.() ?? true);
    const qmp = await QmpClient.connect(this.files.qmp, timeoutMs, alive);
    this.#qmp = qmp;
    if (options.serial) this.#line = await connectUnix(this.files.serial, timeoutMs, alive);
    return qmp;
  }

  /** Its control connection; throws when there is none. */
  control(): QmpClient {
    if (!this.#qmp || this.#qmp.closed) throw new Error('QEMU is gone');
    return this.#qmp;
  }

  /** Leaving by the door lets QEMU write out what it holds; the wall is for when it is stuck. */
  async quit(logger: NodeLogger): Promise<void> {
    await this.#qmp?.execute('quit', undefined, 2_000).catch(() => undefined);
    await this.seeOff(logger);
  }

  /** Waits for the process, and ends it if need be. */
  async seeOff(logger: NodeLogger): Promise<void> {
    if (this.#pid !== undefined) {
      await seeOff({ pid: this.#pid, pidFile: this.files.pidFile }, this.end, this.#qmp, logger);
    }
    // It goes with QEMU, unless QEMU never came to it.
    await endTpm(this.files);
  }

  /** Why it ended though nobody asked for it. */
  whyEnded(): Promise<string> {
    return unexpectedEnd(this.files, this.end);
  }

  /** What it complained about last; empty where it did not. */
  complaint(): Promise<string> {
    return lastComplaint(this.files);
  }

  letGo(): void {
    this.#line?.destroy();
    this.#qmp?.close();
  }

  /** What a process leaves behind that is gone while its guest is not. */
  async sweep(): Promise<void> {
    const { qmp, serial, vnc, agent, migration, pidFile, tpm, tpmPidFile, tpmState } = this.files;
    await endTpm(this.files);
    const left = [qmp, serial, vnc, agent, migration, pidFile, tpm, tpmPidFile, tpmState];
    await Promise.all(left.map((path) => rm(path, { recursive: true, force: true })));
  }
}
