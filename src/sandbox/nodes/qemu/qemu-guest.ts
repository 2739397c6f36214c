import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type {
  AuthorizedKeys,
  DiskCopy,
  GuestDisk,
  GuestObservation,
  GuestSpec,
  GuestState,
  Quiesced,
} from '../node-driver.js';
import type { NodeLogger } from '../node-logger.js';
import { SerialFanOut } from '../serial-fan-out.js';
import { AgentWatch } from './agent-watch.js';
import { backupDisks, clearBackups } from './disk-backup.js';
import { plugDisk, pluggedDisks, resizeDisk, unplugDisk } from './disk-hotplug.js';
import { GracePeriod } from './grace-period.js';
import { GuestDevices } from './guest-devices.js';
import { ChildEnd, seeOff, unexpectedEnd } from './guest-end.js';
import { type GuestFiles, removeSocketDirectory } from './guest-files.js';
import { GuestFreeze } from './guest-freeze.js';
import { lastComplaint } from './guest-launch.js';
import { dumpMemory } from './guest-memory.js';
import { dialGuest } from './guest-port.js';
import { type GuestRecord, writeRecord } from './guest-record.js';
import { screenshot } from './guest-screen.js';
import { type GuestSignal, signalOfEvent, signalOfStatus } from './guest-signal.js';
import { QmpClient, type QmpEvent } from './qmp-client.js';
import { connectUnix } from './unix-socket.js';

type Verdict = NonNullable<GuestRecord['ended']>;

const startTimeoutMs = 10_000;
/** A guest of an earlier run has had its sockets for long. */
const adoptTimeoutMs = 2_000;
/** A reboot that the guest did not take by then is forgotten; its next power-off is meant as one. */
const rebootPatienceMs = 300_000;

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
  #childEnd = new ChildEnd();
  #gone: Promise<void> | undefined;
  #detached = false;
  #wasReset: (() => void) | undefined;
  readonly #grace: GracePeriod;
  readonly #freeze: GuestFreeze;
  #writing: Promise<void> = Promise.resolve();
  #lastTold = '';
  #plugged: ReadonlySet<string> = new Set();
  /** Its cards, processors and memory, as far as they change while it runs. */
  readonly devices: GuestDevices;

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
    this.#grace = new GracePeriod({
      now,
      press: () => void this.#qmp?.execute('system_powerdown').catch(() => undefined),
      pullThePlug: () =>
        void this.end({ state: 'shutdown', reason: 'Stopped by force after the grace period' }),
    });
    this.#freeze = new GuestFreeze(
      {
        agent: () => this.#agent?.agent,
        remember: (frozen) => {
          this.#record.frozen = frozen || undefined;
          return this.save();
        },
        changed: () => this.#tell(),
        logger,
      },
      record.frozen ?? false,
    );
    this.devices = new GuestDevices(record, files, {
      qmp: () => this.#control(),
      save: () => this.save(),
      changed: () => this.#tell(),
    });
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
      agentSession: this.#agent?.session,
      pluggedDisks: this.hasEnded ? [] : [...this.#plugged],
      ...(this.hasEnded ? {} : this.devices.seen),
      addresses: this.hasEnded ? [] : [...(this.#agent?.addresses ?? [])],
      frozen: !this.hasEnded && this.#freeze.frozen,
      system: this.hasEnded ? undefined : this.#agent?.system,
    };
  }

  save(): Promise<void> {
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(() => writeRecord(this.#files.record, this.#record));
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
    this.#childEnd = new ChildEnd(child);
    void this.#childEnd.known.then(() => this.#settle());
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
      this.#grace.countDownTo(this.#record.killAt);
    }
    // A guest that ended while nobody watched has nothing to take back.
    if (this.hasEnded || this.#verdict) return;
    // Whoever wanted copies is gone, and asks again.
    await clearBackups(this.#control()).catch((error) =>
      this.#logger.warn('copies of an earlier run could not be ended', { error: String(error) }),
    );
    if (this.#freeze.frozen) await this.#freeze.thaw();
  }

  async copyDisks(
    copies: readonly DiskCopy[],
    signal: AbortSignal,
  ): Promise<{ quiesced: Quiesced; takenAt: Date }> {
    const qmp = this.#control();
    let quiesced: Quiesced = 'paused';
    let takenAt = new Date(this.#now());
    const atInstant = async (begin: () => Promise<void>) => {
      takenAt = new Date(this.#now());
      if (this.#state === 'paused') await begin();
      else quiesced = await this.#freeze.around(begin);
    };
    await backupDisks(qmp, copies, atInstant, signal);
    return { quiesced, takenAt };
  }

  plugDisk(disk: GuestDisk): Promise<void> {
    return this.#changePlugged((qmp) => plugDisk(qmp, disk));
  }

  unplugDisk(name: string): Promise<void> {
    return this.#changePlugged((qmp) => unplugDisk(qmp, name));
  }

  resizeDisk(path: string, sizeBytes: bigint): Promise<void> {
    return resizeDisk(this.#control(), path, sizeBytes);
  }

  async #changePlugged(act: (qmp: QmpClient) => Promise<void>): Promise<void> {
    const qmp = this.#control();
    await act(qmp);
    this.#plugged = await pluggedDisks(qmp);
    this.#tell();
  }

  async freeze(timeoutMs: number): Promise<void> {
    this.#control();
    await this.#freeze.freeze(timeoutMs);
  }

  async thaw(): Promise<void> {
    this.#control();
    await this.#freeze.thaw();
  }

  async authorizeKeys({ user, keys }: AuthorizedKeys): Promise<void> {
    const agent = this.#agent?.agent;
    if (!agent) throw new Error(`The agent of guest ${this.spec.uid} is not connected`);
    await agent.setAuthorizedKeys(user, keys);
  }

  async dumpMemory(path: string, signal: AbortSignal): Promise<void> {
    await dumpMemory(this.#control(), path, signal);
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
    this.#record.rebootUntil = this.#now() + rebootPatienceMs;
    await this.save();
    await qmp.execute('system_powerdown');
  }

  async shutdown(gracePeriodMs: number): Promise<void> {
    if (this.hasEnded || this.#verdict) {
      return;
    }
    const qmp = this.#control();
    this.#record.rebootUntil = undefined;
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
    this.#grace.countDownTo(this.#record.killAt);
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

  screenshot(): Promise<Buffer> {
    return screenshot(this.#screen(), this.#files.directory);
  }

  openPort(port: number): Promise<Socket> {
    const qmp = this.#control();
    if (this.spec.interfaces.length === 0) {
      throw new Error(`Guest ${this.spec.uid} has no network`);
    }
    return dialGuest(qmp, 'net0', port);
  }

  openVnc(): Promise<Socket> {
    this.#screen();
    return connectUnix(this.#files.vnc, 2_000);
  }

  #screen(): QmpClient {
    const qmp = this.#control();
    if (!this.spec.graphics) {
      throw new Error(`Guest ${this.spec.uid} has no graphics device`);
    }
    return qmp;
  }

  /** Lets go of the process without ending it. */
  async detach(): Promise<void> {
    this.#detached = true;
    this.#letGo();
    await this.#writing;
  }

  async #attach(timeoutMs: number): Promise<void> {
    const alive = () => this.#childEnd.description === '' && !this.#verdict;
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
    this.#plugged = await pluggedDisks(qmp);
    await this.devices.look(qmp);
    const { status } = await qmp.execute<{ status: string }>('query-status');
    this.#take(signalOfStatus(status));
  }

  #onEvent(event: QmpEvent): void {
    if (event.event === 'VSERPORT_CHANGE') {
      this.#agent?.onPortChange(event.data);
    }
    if (event.event === 'MEMORY_DEVICE_SIZE_CHANGE') void this.devices.lookAgain();
    const signal = signalOfEvent(event);
    if (signal) {
      this.#take(signal);
    }
  }

  #take(signal: GuestSignal): void {
    switch (signal) {
      case 'running':
        this.#setState('running');
        break;
      case 'paused':
        // Power-off and a reboot by the power button stop the processors too.
        if (!this.#isRebooting()) {
          this.#setState('paused', this.#reason);
        }
        break;
      case 'io-error':
        this.#setState('paused', 'A disk could not be written');
        break;
      case 'off':
        if (this.#isRebooting()) {
          void this.#startAgain();
        } else {
          void this.end({ state: 'shutdown', reason: 'The guest shut down' });
        }
        break;
      case 'panicked':
        void this.end({ state: 'crashed', reason: 'The guest panicked' });
        break;
      case 'failed':
        void this.end({ state: 'crashed', reason: 'QEMU met an internal error' });
        break;
      case 'reset':
        this.#wasReset?.();
        break;
    }
  }

  #isRebooting(): boolean {
    return !this.#verdict && this.#now() < (this.#record.rebootUntil ?? 0);
  }

  /** The second half of a reboot by the power button. */
  async #startAgain(): Promise<void> {
    try {
      const qmp = this.#control();
      const isReset = new Promise<void>((resolve) => {
        this.#wasReset = resolve;
      });
      await qmp.execute('system_reset');
      await Promise.race([isReset, qmp.whenClosed]);
      this.#record.rebootUntil = undefined;
      await qmp.execute('cont');
      await this.save();
      this.#setState('running');
    } catch (error) {
      await this.end({ state: 'crashed', reason: `The reboot failed: ${(error as Error).message}` });
    }
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
      const process = { pid: this.#pid, pidFile: this.#files.pidFile };
      await seeOff(process, this.#childEnd, this.#qmp, this.#logger);
    }
    this.#letGo();
    this.#verdict ??= { state: 'crashed', reason: await unexpectedEnd(this.#files, this.#childEnd) };
    this.#record.ended = this.#verdict;
    await this.save().catch(() => undefined);
    await removeSocketDirectory(this.#files);
    this.#setState(this.#verdict.state, this.#verdict.reason);
  }

  #letGo(): void {
    this.#grace.stop();
    this.#freeze.stop();
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
