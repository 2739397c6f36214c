import { mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Duplex, PassThrough } from 'node:stream';
import { type GuestMigration, isUnderway, type MigrationRequest } from '../guest-migration.js';
import { copyDisk } from '../images/copy-disk.js';
import type {
  DiskCopy,
  GuestDisk,
  GuestInterface,
  GuestObservation,
  GuestSpec,
  GuestState,
  NodeDriver,
  Quiesced,
} from '../node-driver.js';
import { FORCED_OFF } from '../node-driver.js';
import { SerialFanOut } from '../serial-fan-out.js';
import { RfbServer } from './rfb-server.js';
import { SimulatedConsole } from './simulated-console.js';
import { SimulatedMigration } from './simulated-migration.js';
import { SimulatedScreen } from './simulated-screen.js';
import { openServed, type ServedPorts } from './simulated-services.js';

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

export interface SimulatedDriverOptions {
  directory: string;
  timings?: Partial<SimulatedTimings>;
}

const SHUT_DOWN = 'The guest shut down';

const defaultTimings: SimulatedTimings = {
  startMs: 30,
  bootMs: 50,
  shutdownMs: 40,
  killMs: 5,
  prepareMs: 20,
  transferMs: 200,
};

interface SavedGuest {
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

interface SimulatedGuest extends SavedGuest {
  pid: number;
  timers: Set<NodeJS.Timeout>;
  moving?: SimulatedMigration;
  console?: SimulatedConsole;
  serial?: SerialFanOut;
  screen: SimulatedScreen;
  /** Consoles and connections, which end with the guest. */
  streams: Set<Duplex>;
  writing: Promise<void>;
}

/**
 * Guests that are only told of: the same states in the same order as with QEMU, and a console that answers.
 * They count as running across a restart of the sandbox, as QEMU's do.
 */
export class SimulatedDriver implements NodeDriver {
  readonly kind = 'simulated';
  readonly accelerator = 'none';
  readonly #directory: string;
  readonly #timings: SimulatedTimings;
  readonly #guests = new Map<string, SimulatedGuest>();
  readonly #listeners = new Set<(observation: GuestObservation) => void>();
  #lastPid = 100_000;
  #closed = false;

  private constructor(directory: string, timings: SimulatedTimings) {
    this.#directory = directory;
    this.#timings = timings;
  }

  static async create({ directory, timings }: SimulatedDriverOptions): Promise<SimulatedDriver> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return new SimulatedDriver(directory, { ...defaultTimings, ...timings });
  }

  async adopt(): Promise<GuestObservation[]> {
    const adopted: SimulatedGuest[] = [];
    for (const file of await readdir(this.#directory)) {
      if (!file.endsWith('.json') || this.#guests.has(file.replace('.json', ''))) {
        continue;
      }
      const saved = await readFile(join(this.#directory, file), 'utf8')
        .then((text) => JSON.parse(text) as SavedGuest)
        .catch(() => undefined);
      if (!saved) {
        await rm(join(this.#directory, file), { force: true });
        continue;
      }
      const guest = this.#register(saved);
      if (!hasEnded(guest)) {
        guest.state = guest.state === 'starting' ? 'running' : guest.state;
        this.#powerOn(guest);
        if (isUnderway(guest.migration)) {
          Object.assign(guest.migration ?? {}, {
            phase: 'failed',
            reason: 'The sandbox was restarted during the migration',
          });
        }
      }
      adopted.push(guest);
    }
    return adopted.map(observation);
  }

  async start(spec: GuestSpec): Promise<void> {
    this.#refuseWhenClosed();
    const existing = this.#guests.get(spec.uid);
    if (existing && !hasEnded(existing)) {
      return;
    }
    if (existing) {
      throw new Error(`Guest ${spec.uid} has ended; remove it before it starts again`);
    }
    if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/.test(spec.uid)) {
      throw new Error(`Not a guest's uid: ${JSON.stringify(spec.uid)}`);
    }
    const { uid, namespace, name, serialConsole, vcpus } = spec;
    const cards = spec.interfaces.filter(({ network }) => network !== undefined).map((card) => card.name);
    const memoryBytes = Number(spec.memoryBytes + (spec.addedMemoryBytes ?? 0n));
    const size = { vcpus, memoryBytes };
    const guest = this.#register({ uid, namespace, name, serialConsole, cards, ...size, state: 'starting' });
    await this.#setState(guest, 'starting');
    this.#after(guest, this.#timings.startMs, () => {
      this.#powerOn(guest);
      return this.#setState(guest, spec.startPaused ? 'paused' : 'running');
    });
  }

  async shutdown(uid: string, gracePeriodSeconds: number): Promise<void> {
    const guest = this.#guest(uid);
    if (hasEnded(guest)) {
      return;
    }
    // A guest that stands still or hangs does not hear its power button: the grace period runs out.
    const deaf = () => guest.state === 'paused' || guest.hangs === true;
    const wait = deaf() ? gracePeriodSeconds * 1_000 : this.#timings.shutdownMs;
    this.#after(guest, Math.min(wait, gracePeriodSeconds * 1_000), () => {
      const heard = !deaf() && gracePeriodSeconds > 0;
      return this.#end(guest, heard ? SHUT_DOWN : `${FORCED_OFF} after the grace period`);
    });
  }

  async kill(uid: string): Promise<void> {
    const guest = this.#guest(uid);
    if (hasEnded(guest)) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, this.#timings.killMs));
    await this.#end(guest, FORCED_OFF);
  }

  async pause(uid: string): Promise<void> {
    const guest = this.#running(uid);
    guest.console?.setPaused(true);
    guest.screen.setPaused(true);
    await this.#setState(guest, 'paused');
  }

  async resume(uid: string): Promise<void> {
    const guest = this.#running(uid);
    guest.console?.setPaused(false);
    guest.screen.setPaused(false);
    await this.#setState(guest, 'running');
  }

  async reset(uid: string): Promise<void> {
    this.#boot(this.#running(uid));
  }

  async softReboot(uid: string): Promise<void> {
    this.#boot(this.#running(uid));
  }

  observe(uid: string): GuestObservation | undefined {
    const guest = this.#guests.get(uid);
    return guest && observation(guest);
  }

  list(): GuestObservation[] {
    return [...this.#guests.values()].map(observation);
  }

  async remove(uid: string): Promise<void> {
    const guest = this.#guests.get(uid);
    if (!guest) {
      return;
    }
    if (!hasEnded(guest)) {
      throw new Error(`Guest ${uid} still runs`);
    }
    this.#guests.delete(uid);
    await guest.writing;
    await rm(this.#path(uid), { force: true });
  }

  onChange(listener: (observation: GuestObservation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async openSerial(uid: string): Promise<Duplex> {
    const guest = this.#running(uid);
    if (!guest.serial) {
      throw new Error(`Guest ${uid} has no serial console`);
    }
    return guest.serial.open();
  }

  async openVnc(uid: string): Promise<Duplex> {
    const guest = this.#running(uid);
    return keep(guest, new RfbServer(guest.screen));
  }

  async screenshot(uid: string): Promise<Buffer> {
    return this.#running(uid).screen.png();
  }

  /** What was told to listen there; any other port says back what it is told. */
  async openPort(uid: string, port: number): Promise<Duplex> {
    const guest = this.#running(uid);
    return keep(guest, openServed(guest.services ?? {}, port) ?? new PassThrough());
  }

  async pingAgent(uid: string): Promise<void> {
    await this.freeze(uid);
  }

  async executeInGuest(uid: string): Promise<never> {
    return this.#noAgent(uid);
  }

  async serialLog(uid: string, maxBytes: number): Promise<Buffer> {
    return (this.#guests.get(uid)?.console?.printed ?? Buffer.alloc(0)).subarray(-maxBytes);
  }

  async copyDisks(
    uid: string,
    copies: readonly DiskCopy[],
    signal: AbortSignal,
  ): Promise<{ quiesced: Quiesced; takenAt: Date }> {
    const { state } = this.#running(uid);
    const takenAt = new Date();
    for (const { source, target } of copies) await copyDisk(source, target, signal);
    return { quiesced: state === 'paused' ? 'paused' : 'no-agent', takenAt };
  }

  async plugDisk(uid: string, disk: GuestDisk): Promise<void> {
    const guest = this.#running(uid);
    guest.plugged = [...new Set([...(guest.plugged ?? []), disk.name])];
    await this.#setState(guest, guest.state);
  }

  async unplugDisk(uid: string, name: string): Promise<void> {
    const guest = this.#running(uid);
    guest.plugged = guest.plugged?.filter((one) => one !== name);
    await this.#setState(guest, guest.state);
  }

  async plugCard(uid: string, { name }: GuestInterface): Promise<void> {
    const guest = this.#running(uid);
    guest.cards = [...new Set([...(guest.cards ?? []), name])];
    await this.#setState(guest, guest.state);
  }

  async unplugCard(uid: string, name: string): Promise<void> {
    const guest = this.#running(uid);
    guest.cards = guest.cards?.filter((one) => one !== name);
    await this.#setState(guest, guest.state);
  }

  async grow(uid: string, { vcpus, memoryBytes }: { vcpus: number; memoryBytes: bigint }): Promise<void> {
    const guest = this.#running(uid);
    guest.vcpus = Math.max(vcpus, guest.vcpus ?? 0);
    guest.memoryBytes = Math.max(Number(memoryBytes), guest.memoryBytes ?? 0);
    await this.#setState(guest, guest.state);
  }

  async resizeDisk(uid: string, path: string, sizeBytes: bigint): Promise<void> {
    this.#running(uid);
    await truncate(path, Number(sizeBytes));
  }

  async prepareMigration(uid: string, request: MigrationRequest): Promise<void> {
    const guest = this.#running(uid);
    if (guest.migration?.id === request.id) return;
    if (isUnderway(guest.migration)) throw new Error(`Guest ${uid} is being migrated already`);
    guest.moving = new SimulatedMigration(request, guest.memoryBytes ?? 0, this.#timings, {
      after: (delayMs, action) => this.#after(guest, delayMs, action),
      alive: () => !hasEnded(guest),
      changed: () => void this.#setState(guest, guest.state),
      moved: () => {
        this.#lastPid += 1;
        guest.pid = this.#lastPid;
      },
    });
    guest.migration = guest.moving.state;
    await this.#setState(guest, guest.state);
  }

  async startMigration(uid: string, id: string): Promise<void> {
    const guest = this.#running(uid);
    if (guest.migration?.id === id) guest.moving?.start();
  }

  async cancelMigration(uid: string, id: string): Promise<void> {
    const guest = this.#running(uid);
    if (guest.migration?.id === id) guest.moving?.cancel();
  }

  async freeze(uid: string): Promise<void> {
    this.#noAgent(uid);
  }

  async thaw(uid: string): Promise<void> {
    await this.freeze(uid);
  }

  async authorizeKeys(uid: string): Promise<void> {
    await this.freeze(uid);
  }

  #noAgent(uid: string): never {
    this.#running(uid);
    throw new Error('A simulated guest has no agent; the QEMU driver does');
  }

  /** There is no memory to write: what comes out is empty but for its name. */
  async dumpMemory(uid: string, path: string): Promise<void> {
    const { name } = this.#running(uid);
    await writeFile(path, `memory of the simulated guest ${name}\n`, { mode: 0o600 });
  }

  async close({ detach }: { detach: boolean }): Promise<void> {
    this.#closed = true;
    for (const guest of this.#guests.values()) {
      if (detach || hasEnded(guest)) {
        this.#powerOff(guest);
      } else {
        await this.#end(guest, 'The sandbox stopped');
      }
      await guest.writing;
    }
    this.#listeners.clear();
  }

  #register(saved: SavedGuest): SimulatedGuest {
    this.#lastPid += 1;
    const guest = {
      ...saved,
      pid: this.#lastPid,
      timers: new Set<NodeJS.Timeout>(),
      screen: new SimulatedScreen(),
      streams: new Set<Duplex>(),
      writing: Promise.resolve(),
    };
    this.#guests.set(saved.uid, guest);
    return guest;
  }

  #powerOn(guest: SimulatedGuest): void {
    if (!guest.serialConsole) {
      return;
    }
    guest.console = new SimulatedConsole(guest.name, {
      powerOff: () => void this.#end(guest, SHUT_DOWN),
      panic: () => void this.#end(guest, 'The guest panicked', 'crashed'),
      hang: () => {
        guest.hangs = true;
        void this.#setState(guest, guest.state);
      },
      serve: (port, status) => {
        guest.services = { ...guest.services, [port]: status };
        void this.#setState(guest, guest.state);
      },
    });
    guest.console.setPaused(guest.state === 'paused');
    guest.serial = new SerialFanOut(guest.console);
    this.#boot(guest);
  }

  #boot(guest: SimulatedGuest): void {
    this.#after(guest, this.#timings.bootMs, () => guest.console?.boot());
  }

  #powerOff(guest: SimulatedGuest): void {
    for (const timer of guest.timers) {
      clearTimeout(timer);
    }
    guest.timers.clear();
    guest.serial?.close();
    for (const stream of guest.streams) {
      stream.destroy();
    }
  }

  async #end(
    guest: SimulatedGuest,
    reason: string,
    state: 'shutdown' | 'crashed' = 'shutdown',
  ): Promise<void> {
    if (hasEnded(guest)) {
      return;
    }
    this.#powerOff(guest);
    if (isUnderway(guest.migration)) {
      Object.assign(guest.migration ?? {}, { phase: 'failed', reason: 'The guest ended' });
    }
    guest.reason = reason;
    await this.#setState(guest, state);
  }

  #after(guest: SimulatedGuest, delayMs: number, action: () => unknown): void {
    const timer = setTimeout(() => {
      guest.timers.delete(timer);
      void action();
    }, delayMs);
    guest.timers.add(timer);
  }

  async #setState(guest: SimulatedGuest, state: GuestState): Promise<void> {
    guest.state = state;
    const seen = observation(guest);
    for (const listener of this.#listeners) {
      listener(seen);
    }
    guest.writing = guest.writing.then(() => this.#save(guest)).catch(() => undefined);
    await guest.writing;
  }

  async #save({
    uid,
    namespace,
    name,
    serialConsole,
    plugged,
    cards,
    vcpus,
    memoryBytes,
    migration,
    services,
    hangs,
    state,
    reason,
  }: SimulatedGuest): Promise<void> {
    const scratch = `${this.#path(uid)}.new`;
    const saved: SavedGuest = {
      uid,
      namespace,
      name,
      serialConsole,
      plugged,
      cards,
      vcpus,
      memoryBytes,
      migration,
      services,
      hangs,
      state,
      reason,
    };
    await writeFile(scratch, JSON.stringify(saved), { mode: 0o600 });
    await rename(scratch, this.#path(uid));
  }

  #path(uid: string): string {
    return join(this.#directory, `${uid}.json`);
  }

  #guest(uid: string): SimulatedGuest {
    this.#refuseWhenClosed();
    const guest = this.#guests.get(uid);
    if (!guest) {
      throw new Error(`No guest ${uid}`);
    }
    return guest;
  }

  #running(uid: string): SimulatedGuest {
    const guest = this.#guest(uid);
    if (guest.state !== 'running' && guest.state !== 'paused') {
      throw new Error(`Guest ${uid} is not running`);
    }
    return guest;
  }

  #refuseWhenClosed(): void {
    if (this.#closed) {
      throw new Error('The node driver is closed');
    }
  }
}

function keep(guest: SimulatedGuest, stream: Duplex): Duplex {
  guest.streams.add(stream);
  stream.once('close', () => guest.streams.delete(stream));
  return stream;
}

function hasEnded(guest: SavedGuest): boolean {
  return guest.state === 'shutdown' || guest.state === 'crashed';
}

function observation(guest: SimulatedGuest): GuestObservation {
  const { uid, state, reason, pid, vcpus, memoryBytes } = guest;
  return {
    cards: hasEnded(guest) ? [] : [...(guest.cards ?? [])],
    vcpus,
    memoryBytes,
    pluggedDisks: hasEnded(guest) ? [] : [...(guest.plugged ?? [])],
    uid,
    state,
    reason,
    pid: hasEnded(guest) ? undefined : pid,
    ipAddresses: [],
    agentConnected: false,
    migration: guest.migration && structuredClone(guest.migration),
  };
}
