import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { MigrationRequest } from '../guest-migration.js';
import type { AuthorizedKeys, GuestObservation, GuestSpec, GuestState } from '../node-driver.js';
import { DISK_FAILED } from '../node-driver.js';
import type { NodeLogger } from '../node-logger.js';
import { SerialFanOut } from '../serial-fan-out.js';
import { AgentWatch } from './agent-watch.js';
import { clearBackups } from './disk-backup.js';
import type { GuestAgent } from './guest-agent.js';
import { GuestDevices } from './guest-devices.js';
import { GuestDisks } from './guest-disks.js';
import { type GuestFiles, removeSocketDirectory, type SeatNumber } from './guest-files.js';
import { GuestFreeze } from './guest-freeze.js';
import { GuestMove } from './guest-move.js';
import { dialGuest } from './guest-port.js';
import { GuestPower } from './guest-power.js';
import { type GuestRecord, writeRecord } from './guest-record.js';
import { screenshot } from './guest-screen.js';
import { GuestSeat } from './guest-seat.js';
import { type GuestSignal, signalOfEvent, signalOfStatus } from './guest-signal.js';
import type { Incoming } from './qemu-arguments.js';
import type { QmpClient, QmpEvent } from './qmp-client.js';
import { connectUnix } from './unix-socket.js';

type Verdict = NonNullable<GuestRecord['ended']>;

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
  #seat: GuestSeat;
  #move: GuestMove | undefined;
  #serial: SerialFanOut | undefined;
  #agent: AgentWatch | undefined;
  #verdict: Verdict | undefined;
  #gone: Promise<void> | undefined;
  #detached = false;
  readonly #power: GuestPower;
  readonly #freeze: GuestFreeze;
  #writing: Promise<void> = Promise.resolve();
  #lastTold = '';
  readonly disks: GuestDisks;
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
    this.#seat = new GuestSeat(files, undefined);
    this.#changed = changed;
    this.#logger = logger;
    this.#now = now;
    this.#power = new GuestPower({
      record,
      logger,
      now,
      qmp: () => this.#control(),
      agent: () => this.#agent,
      save: () => this.save(),
      running: () => this.#setState('running'),
      end: (verdict) => this.end(verdict),
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
      qmp: () => this.#atRest(),
      save: () => this.save(),
      changed: () => this.#tell(),
    });
    this.disks = new GuestDisks({
      record,
      freeze: this.#freeze,
      qmp: () => this.#control(),
      moving: () => this.#move?.underway === true && !this.hasEnded,
      paused: () => this.#state === 'paused',
      now,
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

  /** Which of its two places it is in. */
  get seat(): SeatNumber {
    return this.#seat.files.seat;
  }

  get hasEnded(): boolean {
    return this.#state === 'shutdown' || this.#state === 'crashed';
  }

  observation(): GuestObservation {
    return {
      uid: this.spec.uid,
      state: this.#state,
      reason: this.#reason,
      pid: this.hasEnded ? undefined : this.#seat.pid,
      ipAddresses: this.hasEnded ? [] : [...(this.#agent?.ipAddresses ?? [])],
      agentConnected: !this.hasEnded && (this.#agent?.connected ?? false),
      agentSession: this.#agent?.session,
      pluggedDisks: this.hasEnded ? [] : [...this.disks.plugged],
      ...(this.hasEnded ? {} : this.devices.seen),
      addresses: this.hasEnded ? [] : [...(this.#agent?.addresses ?? [])],
      frozen: !this.hasEnded && this.#freeze.frozen,
      system: this.hasEnded ? undefined : this.#agent?.system,
      migration: this.#record.migration && structuredClone(this.#record.migration),
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
    const seat = new GuestSeat(this.#files, child);
    this.#seat = seat;
    if (this.#gone) {
      // Stopped while it was being laid out.
      child.kill('SIGKILL');
      throw new Error(`Guest ${this.spec.uid} was stopped before it started`);
    }
    void seat.end.known.then(() => this.#lost(seat));
    try {
      await this.#attach(seat, startTimeoutMs);
    } catch (error) {
      throw new Error(`QEMU did not start: ${(await seat.complaint()) || (error as Error).message}`);
    }
  }

  /** Takes over a process of an earlier run. A guest that ended unwatched is put to rest here. */
  async adopt(seat: GuestSeat): Promise<void> {
    this.#seat = seat;
    try {
      await this.#attach(seat, adoptTimeoutMs);
    } catch (error) {
      this.#logger.warn('guest could not be taken over', { uid: this.spec.uid, error: String(error) });
      await this.end({ state: 'crashed', reason: 'The guest could not be taken over after a restart' });
      return;
    }
    this.#power.goOn();
    // A guest that ended while nobody watched has nothing to take back.
    if (this.hasEnded || this.#verdict) return;
    // Whoever wanted copies is gone, and asks again.
    await clearBackups(this.#control()).catch((error) =>
      this.#logger.warn('copies of an earlier run could not be ended', { error: String(error) }),
    );
    if (this.#freeze.frozen) await this.#freeze.thaw();
  }

  /** Begins a migration; `launch` starts the process to which the guest moves. */
  async prepareMove(
    request: MigrationRequest,
    targetFiles: GuestFiles,
    launch: (spec: GuestSpec, incoming: Incoming) => Promise<ChildProcess>,
  ): Promise<void> {
    this.#control();
    const record = this.#record;
    if (record.migration?.id === request.id) return;
    if (this.#move?.underway) throw new Error(`Guest ${this.spec.uid} is being migrated already`);
    record.migration = {
      id: request.id,
      targetNode: request.targetNode,
      phase: 'preparing',
      mode: 'PreCopy',
    };
    delete record.move;
    const source = this.#seat;
    this.#move = new GuestMove(request.settings, {
      record,
      source,
      targetFiles,
      logger: this.#logger,
      now: this.#now,
      quiet: () => this.disks.quiet(),
      launch: async () => launch(this.spec, { disks: await this.disks.seats() }),
      save: () => this.save(),
      changed: () => this.#tell(),
      paused: () => this.#state === 'paused',
      hasEnded: () => this.hasEnded || this.#verdict !== undefined,
      seat: () => this.#seat,
      takeSeat: (target) => this.#takeSeat(target),
      crash: (reason) => this.end({ state: 'crashed', reason }),
    });
    this.#move.prepare();
    this.#tell();
  }

  startMove(id: string): void {
    if (this.#record.migration?.id === id) this.#move?.start();
  }

  cancelMove(id: string): void {
    if (this.#record.migration?.id === id) this.#move?.cancel();
  }

  /** The guest lives in the other process now. Its consoles go on there. */
  async #takeSeat(target: GuestSeat): Promise<void> {
    const qmp = target.control();
    const line = target.line;
    if (this.#serial && line) await this.#serial.moveTo(line);
    const agent = this.#agent;
    this.#seat = target;
    this.#watch(target, qmp);
    if (agent) {
      this.#agent = await AgentWatch.takeOver(target.files.agent, agent, () => this.#tell());
      agent.close();
    }
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
    await this.agent().setAuthorizedKeys(user, keys);
  }

  /** Its agent. Throws where none listens. */
  agent(): GuestAgent {
    const agent = this.#agent?.agent;
    if (!agent) throw new Error(`The agent of guest ${this.spec.uid} is not connected`);
    return agent;
  }

  /** For a guest whose process was already gone when the sandbox came back. */
  async bury(reason: string): Promise<void> {
    this.#verdict ??= { state: 'crashed', reason };
    await this.#settle();
  }

  async pause(): Promise<void> {
    await this.#atRest().execute('stop');
    this.#setState('paused');
  }

  async resume(): Promise<void> {
    await this.#atRest().execute('cont');
    this.#setState('running');
  }

  async reset(): Promise<void> {
    await this.#atRest().execute('system_reset');
  }

  async softReboot(): Promise<void> {
    await this.#power.softReboot();
  }

  async shutdown(gracePeriodMs: number): Promise<void> {
    if (this.hasEnded || this.#verdict) {
      return;
    }
    await this.#power.shutdown(gracePeriodMs);
  }

  /** Ends the process whatever it does and resolves when it is gone. The first verdict stands. */
  async end(verdict: Verdict): Promise<void> {
    this.#verdict ??= verdict;
    if (this.hasEnded) {
      return;
    }
    // Leaving by the door lets QEMU write out what it holds of a qcow2; the wall is for when it is stuck.
    await this.#move?.end();
    await this.#seat.qmp?.execute('quit', undefined, 2_000).catch(() => undefined);
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

  openPort(port: number, timeoutMs?: number): Promise<Socket> {
    const qmp = this.#control();
    if (this.spec.interfaces.length === 0) {
      throw new Error(`Guest ${this.spec.uid} has no network`);
    }
    return dialGuest(qmp, 'net0', port, timeoutMs);
  }

  openVnc(): Promise<Socket> {
    this.#screen();
    return connectUnix(this.#seat.files.vnc, 2_000);
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

  async #attach(seat: GuestSeat, timeoutMs: number): Promise<void> {
    const goOn = () => !this.#verdict;
    // A process that was taken over after a move is connected already.
    const qmp = seat.qmp ?? (await seat.connect(timeoutMs, { serial: this.spec.serialConsole, goOn }));
    this.#watch(seat, qmp);
    if (seat.line) this.#serial = new SerialFanOut(seat.line, this.#files.serialLog);
    this.#agent = await AgentWatch.connect(seat.files.agent, () => this.#tell());
    await this.#agent.lookAt(qmp);
    await this.disks.look(qmp);
    await this.devices.look(qmp);
    const { status } = await qmp.execute<{ status: string }>('query-status');
    this.#take(signalOfStatus(status));
  }

  #watch(seat: GuestSeat, qmp: QmpClient): void {
    qmp.on('event', (event) => {
      if (seat === this.#seat) this.#onEvent(event);
    });
    qmp.once('close', () => this.#lost(seat));
    void seat.end.known.then(() => this.#lost(seat));
  }

  /** A process ended or closed its door; one that the guest has left may. */
  #lost(seat: GuestSeat): void {
    if (seat === this.#seat && (seat.qmp?.closed || seat.end.description !== '')) void this.#settle();
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
        if (!this.#move?.underway) this.#setState('running');
        break;
      case 'paused':
        // Power-off and a reboot by the power button stop the processors too, and so does a move.
        if (!this.#isRebooting() && !this.#move?.underway) {
          this.#setState('paused', this.#reason);
        }
        break;
      case 'io-error':
        this.#setState('paused', DISK_FAILED);
        break;
      case 'off':
        if (this.#isRebooting()) {
          void this.#power.startAgain();
        } else {
          void this.end({ state: 'shutdown', reason: 'The guest shut down' });
        }
        break;
      case 'panicked':
        void this.end({ state: 'crashed', reason: 'The guest panicked' });
        break;
      case 'watchdog':
        void this.end({ state: 'crashed', reason: 'The watchdog of the guest expired' });
        break;
      case 'failed':
        void this.end({ state: 'crashed', reason: 'QEMU met an internal error' });
        break;
      case 'reset':
        this.#power.wasReset();
        break;
    }
  }

  #isRebooting(): boolean {
    return !this.#verdict && this.#power.rebooting;
  }

  #control(): QmpClient {
    const { qmp } = this.#seat;
    if (this.hasEnded || this.#verdict || !qmp || qmp.closed) {
      throw new Error(`Guest ${this.spec.uid} is not running`);
    }
    return qmp;
  }

  #atRest(): QmpClient {
    if (this.#move?.underway) throw new Error(`Guest ${this.spec.uid} is being migrated`);
    return this.#control();
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
    await this.#move?.end();
    await this.#seat.seeOff(this.#logger);
    this.#letGo();
    this.#verdict ??= { state: 'crashed', reason: await this.#seat.whyEnded() };
    this.#record.ended = this.#verdict;
    await this.save().catch(() => undefined);
    await removeSocketDirectory(this.#files);
    this.#setState(this.#verdict.state, this.#verdict.reason);
  }

  #letGo(): void {
    this.#power.stop();
    this.#freeze.stop();
    this.#agent?.close();
    this.#serial?.close();
    this.#move?.letGo();
    this.#seat.letGo();
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
