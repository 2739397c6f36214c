import { rename, truncate, writeFile } from 'node:fs/promises';
import { type Duplex, PassThrough } from 'node:stream';
import { type GuestMigration, isUnderway, type MigrationRequest } from '../guest-migration.js';
import { copyDisk } from '../images/copy-disk.js';
import type { DiskCopy, GuestObservation, GuestSpec, GuestState, Quiesced } from '../node-driver.js';
import { FORCED_OFF } from '../node-driver.js';
import { SerialFanOut } from '../serial-fan-out.js';
import { RfbServer } from './rfb-server.js';
import { SimulatedConsole } from './simulated-console.js';
import { SimulatedMigration } from './simulated-migration.js';
import { SimulatedScreen } from './simulated-screen.js';
import { openServed, type ServedPorts } from './simulated-services.js';

const SHUT_DOWN = 'The guest shut down';

/** Milliseconds. */
export interface SimulatedTimings {
  /** From the start of the process to running. */
  startMs: number;
  /** From running to the login prompt. */
  bootMs: number;
  /** From the power button to power-off. */
  shutdownMs: number;
  killMs: number;
  /** Until the place for a guest that moves is ready. */
  prepareMs: number;
  /** The whole memory of a guest that moves, where no bandwidth is set. */
  transferMs: number;
}

/** What outlives the sandbox. */
export interface SavedGuest {
  uid: string;
  namespace: string;
  name: string;
  serialConsole: boolean;
  plugged?: string[];
  /** Of secondary networks. */
  cards?: string[];
  vcpus?: number;
  memoryBytes?: number;
  migration?: GuestMigration;
  /** What listens inside. */
  services?: ServedPorts;
  /** It does not hear its power button. */
  hangs?: boolean;
  state: GuestState;
  reason?: string;
}

/** Where a guest stands. */
export interface SimulatedPlace {
  /** Of what outlives the sandbox. */
  file: string;
  timings: SimulatedTimings;
  /** A process id that no other guest has had. */
  nextPid(): number;
  changed(observation: GuestObservation): void;
}

/** What is written down of a guest that begins. */
export function firstRecord(spec: GuestSpec): SavedGuest {
  const { uid, namespace, name, serialConsole, vcpus } = spec;
  const cards = spec.interfaces.filter(({ network }) => network !== undefined).map((card) => card.name);
  const memoryBytes = Number(spec.memoryBytes + (spec.addedMemoryBytes ?? 0n));
  return { uid, namespace, name, serialConsole, cards, vcpus, memoryBytes, state: 'starting' };
}

/** One guest that is only told of. */
export class SimulatedGuest {
  readonly #saved: SavedGuest;
  readonly #place: SimulatedPlace;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #screen = new SimulatedScreen();
  /** Consoles and connections, which end with the guest. */
  readonly #streams = new Set<Duplex>();
  #pid: number;
  #moving: SimulatedMigration | undefined;
  #console: SimulatedConsole | undefined;
  #serial: SerialFanOut | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(saved: SavedGuest, place: SimulatedPlace) {
    this.#saved = saved;
    this.#place = place;
    this.#pid = place.nextPid();
  }

  get name(): string {
    return this.#saved.name;
  }

  get hasEnded(): boolean {
    return this.#saved.state === 'shutdown' || this.#saved.state === 'crashed';
  }

  get runs(): boolean {
    return this.#saved.state === 'running' || this.#saved.state === 'paused';
  }

  /** Until all is written that was said so far. */
  get written(): Promise<void> {
    return this.#writing;
  }

  /** The end of what its console printed. */
  get printed(): Buffer {
    return this.#console?.printed ?? Buffer.alloc(0);
  }

  observation(): GuestObservation {
    const { uid, state, reason, vcpus, memoryBytes, cards, plugged, migration } = this.#saved;
    return {
      cards: this.hasEnded ? [] : [...(cards ?? [])],
      vcpus,
      memoryBytes,
      pluggedDisks: this.hasEnded ? [] : [...(plugged ?? [])],
      uid,
      state,
      reason,
      pid: this.hasEnded ? undefined : this.#pid,
      ipAddresses: [],
      agentConnected: false,
      migration: migration && structuredClone(migration),
    };
  }

  async start(paused: boolean): Promise<void> {
    await this.#become('starting');
    this.#after(this.#place.timings.startMs, () => {
      this.#powerOn();
      return this.#become(paused ? 'paused' : 'running');
    });
  }

  /** Goes on after a restart of the sandbox. */
  goOn(): void {
    if (this.#saved.state === 'starting') this.#saved.state = 'running';
    this.#powerOn();
    this.#breakOffMove('The sandbox was restarted during the migration');
  }

  shutdown(gracePeriodSeconds: number): void {
    // A guest that stands still or hangs does not hear its power button: the grace period runs out.
    const deaf = () => this.#saved.state === 'paused' || this.#saved.hangs === true;
    const wait = deaf() ? gracePeriodSeconds * 1_000 : this.#place.timings.shutdownMs;
    this.#after(Math.min(wait, gracePeriodSeconds * 1_000), () => {
      const heard = !deaf() && gracePeriodSeconds > 0;
      return this.end(heard ? SHUT_DOWN : `${FORCED_OFF} after the grace period`);
    });
  }

  async kill(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.#place.timings.killMs));
    await this.end(FORCED_OFF);
  }

  async setPaused(paused: boolean): Promise<void> {
    this.#console?.setPaused(paused);
    this.#screen.setPaused(paused);
    await this.#become(paused ? 'paused' : 'running');
  }

  boot(): void {
    this.#after(this.#place.timings.bootMs, () => this.#console?.boot());
  }

  async end(reason: string, state: 'shutdown' | 'crashed' = 'shutdown'): Promise<void> {
    if (this.hasEnded) return;
    this.letGo();
    this.#breakOffMove('The guest ended');
    this.#saved.reason = reason;
    await this.#become(state);
  }

  /** Its timers, consoles and connections end; what is written of it stays. */
  letGo(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#serial?.close();
    for (const stream of this.#streams) stream.destroy();
  }

  openSerial(): Duplex {
    if (!this.#serial) throw new Error(`Guest ${this.#saved.uid} has no serial console`);
    return this.#serial.open();
  }

  openVnc(): Duplex {
    return this.#keep(new RfbServer(this.#screen));
  }

  screenshot(): Buffer {
    return this.#screen.png();
  }

  /** What was told to listen there; any other port says back what it is told. */
  openPort(port: number): Duplex {
    return this.#keep(openServed(this.#saved.services ?? {}, port) ?? new PassThrough());
  }

  async copyDisks(
    copies: readonly DiskCopy[],
    signal: AbortSignal,
  ): Promise<{ quiesced: Quiesced; takenAt: Date }> {
    const { state } = this.#saved;
    const takenAt = new Date();
    for (const { source, target } of copies) await copyDisk(source, target, signal);
    return { quiesced: state === 'paused' ? 'paused' : 'no-agent', takenAt };
  }

  plugDisk(name: string): Promise<void> {
    return this.#change({ plugged: [...new Set([...(this.#saved.plugged ?? []), name])] });
  }

  unplugDisk(name: string): Promise<void> {
    return this.#change({ plugged: this.#saved.plugged?.filter((one) => one !== name) });
  }

  async resizeDisk(path: string, sizeBytes: bigint): Promise<void> {
    await truncate(path, Number(sizeBytes));
  }

  plugCard(name: string): Promise<void> {
    return this.#change({ cards: [...new Set([...(this.#saved.cards ?? []), name])] });
  }

  unplugCard(name: string): Promise<void> {
    return this.#change({ cards: this.#saved.cards?.filter((one) => one !== name) });
  }

  grow({ vcpus, memoryBytes }: { vcpus: number; memoryBytes: bigint }): Promise<void> {
    return this.#change({
      vcpus: Math.max(vcpus, this.#saved.vcpus ?? 0),
      memoryBytes: Math.max(Number(memoryBytes), this.#saved.memoryBytes ?? 0),
    });
  }

  async prepareMove(request: MigrationRequest): Promise<void> {
    const { uid, migration, memoryBytes } = this.#saved;
    if (migration?.id === request.id) return;
    if (isUnderway(migration)) throw new Error(`Guest ${uid} is being migrated already`);
    this.#moving = new SimulatedMigration(request, memoryBytes ?? 0, this.#place.timings, {
      after: (delayMs, action) => this.#after(delayMs, action),
      alive: () => !this.hasEnded,
      changed: () => void this.#change({}),
      moved: () => {
        this.#pid = this.#place.nextPid();
      },
    });
    await this.#change({ migration: this.#moving.state });
  }

  startMove(id: string): void {
    if (this.#saved.migration?.id === id) this.#moving?.start();
  }

  cancelMove(id: string): void {
    if (this.#saved.migration?.id === id) this.#moving?.cancel();
  }

  #breakOffMove(reason: string): void {
    const { migration } = this.#saved;
    if (migration && isUnderway(migration)) Object.assign(migration, { phase: 'failed', reason });
  }

  #powerOn(): void {
    if (!this.#saved.serialConsole) return;
    this.#console = new SimulatedConsole(this.name, {
      powerOff: () => void this.end(SHUT_DOWN),
      panic: () => void this.end('The guest panicked', 'crashed'),
      hang: () => void this.#change({ hangs: true }),
      serve: (port, status) => void this.#change({ services: { ...this.#saved.services, [port]: status } }),
    });
    this.#console.setPaused(this.#saved.state === 'paused');
    this.#serial = new SerialFanOut(this.#console);
    this.boot();
  }

  #after(delayMs: number, action: () => unknown): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void action();
    }, delayMs);
    this.#timers.add(timer);
  }

  #keep(stream: Duplex): Duplex {
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    return stream;
  }

  #become(state: GuestState): Promise<void> {
    return this.#change({ state });
  }

  /** Told at once; resolves when it is written down. */
  async #change(change: Partial<SavedGuest>): Promise<void> {
    Object.assign(this.#saved, change);
    this.#place.changed(this.observation());
    this.#writing = this.#writing.then(() => this.#save()).catch(() => undefined);
    await this.#writing;
  }

  async #save(): Promise<void> {
    const scratch = `${this.#place.file}.new`;
    await writeFile(scratch, JSON.stringify(this.#saved), { mode: 0o600 });
    await rename(scratch, this.#place.file);
  }
}
