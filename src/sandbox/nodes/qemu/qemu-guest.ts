import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { GuestObservation, GuestSpec, GuestState } from '../node-driver.js';
import type { NodeLogger } from '../node-logger.js';
import { SerialFanOut } from '../serial-fan-out.js';
import { AgentWatch } from './agent-watch.js';
import type { GuestFiles } from './guest-files.js';
import { lastComplaint } from './guest-launch.js';
import { endProcess, waitUntilGone } from './guest-process.js';
import { type GuestRecord, writeRecord } from './guest-record.js';
import { QmpClient, type QmpEvent } from './qmp-client.js';
import { connectUnix } from './unix-socket.js';

type Verdict = NonNullable<GuestRecord['ended']>;

/** A guest that boots may not have found its power button yet; libvirt's users press again, so do we. */
const pressAgainMs = 5_000;
const startTimeoutMs = 10_000;
/** A guest of an earlier run has had its sockets for long. */
const adoptTimeoutMs = 2_000;

/** One guest: its process, its control connection and what is known about it. */
export class QemuGuest {
  readonly #record: GuestRecord;
  readonly #files: GuestFiles;
  readonly #changed: (observation: GuestObservation) => void;
  readonly #logger: NodeLogger;
  readonly #now: () => number;
  #state: GuestState = 'starting';
  #reason: string | undefined;
  #pid: number | undefined;
  #qmp: QmpClient | undefined;
  #serial: SerialFanOut | undefined;
  #agent: AgentWatch | undefined;
  #verdict: Verdict | undefined;
  #exit: string | undefined;
  #exited: Promise<void> = Promise.resolve();
  #gone: Promise<void> | undefined;
  #detached = false;
  #timers = new Set<NodeJS.Timeout>();
  #writing: Promise<void> = Promise.resolve();
  #lastTold = '';

  constructor(
    record: GuestRecord,
    files: GuestFiles,
    changed: (observation: GuestObservation) => void,
    logger: NodeLogger,
    now: () => number = Date.now,
  ) {
    this.#record = record;
    this.#files = files;
    this.#changed = changed;
    this.#logger = logger;
    this.#now = now;
    if (record.ended) {
      this.#verdict = record.ended;
      this.#state = record.ended.state;
      this.#reason = record.ended.reason;
    }
  }

  get spec(): GuestSpec {
    return this.#record.spec;
  }

  get hasEnded(): boolean {
    return this.#state === 'shutdown' || this.#state === 'crashed';
  }

  observation(): GuestObservation {
    return {
      uid: this.spec.uid,
      state: this.#state,
      reason: this.#reason,
      pid: this.hasEnded ? undefined : this.#pid,
      ipAddresses: this.hasEnded ? [] : [...(this.#agent?.ipAddresses ?? [])],
      agentConnected: !this.hasEnded && (this.#agent?.connected ?? false),
    };
  }

  save(): Promise<void> {
    this.#writing = this.#writing.then(() => writeRecord(this.#files.record, this.#record));
    return this.#writing;
  }

  /** Takes the process that was just started; rejects, with QEMU's words, when it does not come up. */
  async take(child: ChildProcess): Promise<void> {
    this.#pid = child.pid;
    if (this.#gone) {
      // Stopped while it was being laid out.
      child.kill('SIGKILL');
      throw new Error(`Guest ${this.spec.uid} was stopped before it started`);
    }
    child.once('error', (error) => {
      this.#exit = error.message;
    });
    this.#exited = new Promise((resolve) => {
      child.once('exit', (status, signal) => {
        this.#exit = signal ? `signal ${signal}` : `status ${status}`;
        resolve();
        void this.#settle();
      });
    });
    try {
      await this.#attach(startTimeoutMs);
    } catch (error) {
      const complaint = await lastComplaint(this.#files);
      throw new Error(
        complaint ? `QEMU did not start: ${complaint}` : `QEMU did not start: ${(error as Error).message}`,
      );
    }
  }

  /** Takes over a process of an earlier run. A guest that ended unwatched is put to rest here. */
  async adopt(pid: number): Promise<void> {
    this.#pid = pid;
    try {
      await this.#attach(adoptTimeoutMs);
    } catch (error) {
      this.#logger.warn('guest could not be taken over', { uid: this.spec.uid, error: String(error) });
      await this.end({ state: 'crashed', reason: 'The guest could not be taken over after a restart' });
      return;
    }
    if (this.#record.killAt !== undefined) {
      this.#countDown(this.#record.killAt);
    }
  }

  /** For a guest whose process was already gone when the sandbox came back. */
  async bury(reason: string): Promise<void> {
    this.#verdict ??= { state: 'crashed', reason };
    await this.#settle();
  }

  async pause(): Promise<void> {
    await this.#control().execute('stop');
    this.#setState('paused');
  }

  async resume(): Promise<void> {
    await this.#control().execute('cont');
    this.#setState('running');
  }

  async reset(): Promise<void> {
    await this.#control().execute('system_reset');
  }

  /** By the agent when it is there, else by the power button and a reset where the power would go off. */
  async softReboot(): Promise<void> {
    const qmp = this.#control();
    if (this.#agent?.connected) {
      try {
        await this.#agent.reboot();
        return;
      } catch (error) {
        this.#logger.warn('guest agent did not take the reboot', {
          uid: this.spec.uid,
          error: String(error),
        });
      }
    }
    this.#record.rebooting = true;
    await this.save();
    await qmp.execute('system_powerdown');
  }

  async shutdown(gracePeriodMs: number): Promise<void> {
    if (this.hasEnded) {
      return;
    }
    const qmp = this.#control();
    this.#record.rebooting = false;
    if (gracePeriodMs <= 0) {
      await this.end({ state: 'shutdown', reason: 'Stopped without a grace period' });
      return;
    }
    this.#record.killAt = Math.min(
      this.#record.killAt ?? Number.POSITIVE_INFINITY,
      this.#now() + gracePeriodMs,
    );
    await this.save();
    await qmp.execute('system_powerdown');
    this.#countDown(this.#record.killAt);
  }

  /** Ends the process whatever it does and resolves when it is gone. The first verdict stands. */
  async end(verdict: Verdict): Promise<void> {
    this.#verdict ??= verdict;
    if (this.hasEnded) {
      return;
    }
    // Leaving by the door lets QEMU write out what it holds of a qcow2; the wall is for when it is stuck.
    await this.#qmp?.execute('quit', undefined, 2_000).catch(() => undefined);
    await this.#settle();
  }

  openSerial(): Duplex {
    this.#control();
    if (!this.#serial) {
      throw new Error(`Guest ${this.spec.uid} has no serial console`);
    }
    return this.#serial.open();
  }

  openVnc(): Promise<Socket> {
    this.#control();
    if (!this.spec.graphics) {
      throw new Error(`Guest ${this.spec.uid} has no graphics device`);
    }
    return connectUnix(this.#files.vnc, 2_000);
  }

  /** Lets go of the process without ending it. */
  async detach(): Promise<void> {
    this.#detached = true;
    this.#letGo();
    await this.#writing;
  }

  async #attach(timeoutMs: number): Promise<void> {
    const alive = () => this.#exit === undefined && !this.#verdict;
    const qmp = await QmpClient.connect(this.#files.qmp, timeoutMs, alive);
    this.#qmp = qmp;
    qmp.on('event', (event) => this.#onEvent(event));
    qmp.once('close', () => void this.#settle());
    if (this.spec.serialConsole) {
      this.#serial = new SerialFanOut(
        await connectUnix(this.#files.serial, timeoutMs, alive),
        this.#files.serialLog,
      );
    }
    this.#agent = await AgentWatch.connect(this.#files.agent, () => this.#tell());
    await this.#agent.lookAt(qmp);
    const { status } = await qmp.execute<{ status: string }>('query-status');
    this.#takeStatus(status);
  }

  /** @see https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html#qapidoc-RunState */
  #takeStatus(status: string): void {
    switch (status) {
      case 'shutdown':
        this.#onGuestOff();
        break;
      case 'guest-panicked':
        void this.end({ state: 'crashed', reason: 'The guest panicked' });
        break;
      case 'internal-error':
        void this.end({ state: 'crashed', reason: 'QEMU met an internal error' });
        break;
      case 'running':
        this.#setState('running');
        break;
      default:
        this.#setState('paused', status === 'io-error' ? 'A disk could not be written' : undefined);
    }
  }

  #onEvent({ event, data }: QmpEvent): void {
    switch (event) {
      case 'SHUTDOWN':
        if (data.reason === 'guest-panic') {
          void this.end({ state: 'crashed', reason: 'The guest panicked' });
        } else if (data.guest === true) {
          this.#onGuestOff();
        }
        break;
      case 'GUEST_PANICKED':
        void this.end({ state: 'crashed', reason: 'The guest panicked' });
        break;
      case 'BLOCK_IO_ERROR':
        if (data.action === 'stop') {
          this.#reason = 'A disk could not be written';
        }
        break;
      case 'STOP':
        if (!this.#verdict && !this.#record.rebooting) {
          this.#setState('paused', this.#reason);
        }
        break;
      case 'RESUME':
        if (!this.#verdict) {
          this.#setState('running');
        }
        break;
      case 'VSERPORT_CHANGE':
        this.#agent?.onPortChange(data);
        break;
    }
  }

  #onGuestOff(): void {
    if (this.#record.rebooting && !this.#verdict) {
      void this.#startAgain();
      return;
    }
    void this.end({ state: 'shutdown', reason: 'The guest shut down' });
  }

  /** The second half of a reboot by the power button. */
  async #startAgain(): Promise<void> {
    try {
      const qmp = this.#control();
      const isReset = new Promise<void>((resolve) => {
        const onEvent = ({ event }: QmpEvent) => {
          if (event === 'RESET') {
            qmp.removeListener('event', onEvent);
            resolve();
          }
        };
        qmp.on('event', onEvent);
        qmp.once('close', resolve);
      });
      await qmp.execute('system_reset');
      await isReset;
      this.#record.rebooting = false;
      await qmp.execute('cont');
      await this.save();
      this.#setState('running');
    } catch (error) {
      await this.end({ state: 'crashed', reason: `The reboot failed: ${(error as Error).message}` });
    }
  }

  #countDown(killAt: number): void {
    const again = () => {
      this.#timers.delete(timer);
      const left = killAt - this.#now();
      if (left <= 0) {
        void this.end({ state: 'shutdown', reason: 'Stopped by force after the grace period' });
        return;
      }
      void this.#qmp?.execute('system_powerdown').catch(() => undefined);
      this.#countDown(killAt);
    };
    const timer = setTimeout(again, Math.max(0, Math.min(pressAgainMs, killAt - this.#now())));
    timer.unref();
    this.#timers.add(timer);
  }

  #control(): QmpClient {
    if (this.hasEnded || this.#verdict || !this.#qmp || this.#qmp.closed) {
      throw new Error(`Guest ${this.spec.uid} is not running`);
    }
    return this.#qmp;
  }

  /** The way of every end: waits for the process, ends it if need be, and writes down why. */
  #settle(): Promise<void> {
    if (this.#detached) {
      return Promise.resolve();
    }
    this.#gone ??= this.#settleOnce();
    return this.#gone;
  }

  async #settleOnce(): Promise<void> {
    if (this.#pid !== undefined) {
      const guest = { pid: this.#pid, pidFile: this.#files.pidFile };
      if (!(await waitUntilGone(guest, this.#qmp ? 3_000 : 0))) {
        const ended = await endProcess(guest);
        if (!ended) {
          this.#logger.warn('QEMU does not end', { uid: this.spec.uid, pid: this.#pid });
        }
      }
      // What it said last may still be on its way.
      await within(500, Promise.all([this.#exited, this.#qmp?.whenClosed]));
    }
    this.#letGo();
    const complaint = this.#verdict ? '' : await lastComplaint(this.#files);
    this.#verdict ??= {
      state: 'crashed',
      reason: ['QEMU ended unexpectedly', this.#exit && `with ${this.#exit}`, complaint && `: ${complaint}`]
        .filter(Boolean)
        .join(' ')
        .replace(' :', ':'),
    };
    this.#record.ended = this.#verdict;
    await this.save().catch(() => undefined);
    if (this.#files.socketDirectory !== this.#files.directory) {
      await rm(this.#files.socketDirectory, { recursive: true, force: true });
    }
    this.#setState(this.#verdict.state, this.#verdict.reason);
  }

  #letGo(): void {
    for (const timer of this.#timers) {
      clearTimeout(timer);
    }
    this.#timers.clear();
    this.#agent?.close();
    this.#serial?.close();
    this.#qmp?.close();
  }

  #setState(state: GuestState, reason?: string): void {
    const isEnd = state === 'shutdown' || state === 'crashed';
    if (this.hasEnded || (this.#verdict && !isEnd)) {
      return;
    }
    this.#state = state;
    this.#reason = reason;
    this.#tell();
  }

  #tell(): void {
    if (this.#detached) {
      return;
    }
    const observation = this.observation();
    const text = JSON.stringify(observation);
    if (text !== this.#lastTold) {
      this.#lastTold = text;
      this.#changed(observation);
    }
  }
}

/** Waits for the work, but not longer. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}
