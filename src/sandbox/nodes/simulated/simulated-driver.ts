import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { MigrationRequest } from '../guest-migration.js';
import type {
  DiskCopy,
  GuestDisk,
  GuestInterface,
  GuestObservation,
  GuestSpec,
  NodeDriver,
  Quiesced,
} from '../node-driver.js';
import { firstRecord, type SavedGuest, SimulatedGuest, type SimulatedTimings } from './simulated-guest.js';

export interface SimulatedDriverOptions {
  directory: string;
  timings?: Partial<SimulatedTimings>;
}

const defaultTimings: SimulatedTimings = {
  startMs: 30,
  bootMs: 50,
  shutdownMs: 40,
  killMs: 5,
  prepareMs: 20,
  transferMs: 200,
};

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
      if (!guest.hasEnded) guest.goOn();
      adopted.push(guest);
    }
    return adopted.map((guest) => guest.observation());
  }

  async start(spec: GuestSpec): Promise<void> {
    this.#refuseWhenClosed();
    const existing = this.#guests.get(spec.uid);
    if (existing && !existing.hasEnded) {
      return;
    }
    if (existing) {
      throw new Error(`Guest ${spec.uid} has ended; remove it before it starts again`);
    }
    if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/.test(spec.uid)) {
      throw new Error(`Not a guest's uid: ${JSON.stringify(spec.uid)}`);
    }
    await this.#register(firstRecord(spec)).start(spec.startPaused === true);
  }

  async shutdown(uid: string, gracePeriodSeconds: number): Promise<void> {
    const guest = this.#guest(uid);
    if (!guest.hasEnded) guest.shutdown(gracePeriodSeconds);
  }

  async kill(uid: string): Promise<void> {
    const guest = this.#guest(uid);
    if (!guest.hasEnded) await guest.kill();
  }

  async pause(uid: string): Promise<void> {
    await this.#running(uid).setPaused(true);
  }

  async resume(uid: string): Promise<void> {
    await this.#running(uid).setPaused(false);
  }

  async reset(uid: string): Promise<void> {
    this.#running(uid).boot();
  }

  async softReboot(uid: string): Promise<void> {
    this.#running(uid).boot();
  }

  observe(uid: string): GuestObservation | undefined {
    return this.#guests.get(uid)?.observation();
  }

  list(): GuestObservation[] {
    return [...this.#guests.values()].map((guest) => guest.observation());
  }

  async remove(uid: string): Promise<void> {
    const guest = this.#guests.get(uid);
    if (!guest) {
      return;
    }
    if (!guest.hasEnded) {
      throw new Error(`Guest ${uid} still runs`);
    }
    this.#guests.delete(uid);
    await guest.written;
    await rm(this.#path(uid), { force: true });
  }

  onChange(listener: (observation: GuestObservation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async openSerial(uid: string): Promise<Duplex> {
    return this.#running(uid).openSerial();
  }

  async openVnc(uid: string): Promise<Duplex> {
    return this.#running(uid).openVnc();
  }

  async screenshot(uid: string): Promise<Buffer> {
    return this.#running(uid).screenshot();
  }

  async openPort(uid: string, port: number): Promise<Duplex> {
    return this.#running(uid).openPort(port);
  }

  async pingAgent(uid: string): Promise<void> {
    this.#noAgent(uid);
  }

  async executeInGuest(uid: string): Promise<never> {
    return this.#noAgent(uid);
  }

  async serialLog(uid: string, maxBytes: number): Promise<Buffer> {
    return (this.#guests.get(uid)?.printed ?? Buffer.alloc(0)).subarray(-maxBytes);
  }

  async copyDisks(
    uid: string,
    copies: readonly DiskCopy[],
    signal: AbortSignal,
  ): Promise<{ quiesced: Quiesced; takenAt: Date }> {
    return this.#running(uid).copyDisks(copies, signal);
  }

  async plugDisk(uid: string, { name }: GuestDisk): Promise<void> {
    await this.#running(uid).plugDisk(name);
  }

  async unplugDisk(uid: string, name: string): Promise<void> {
    await this.#running(uid).unplugDisk(name);
  }

  async plugCard(uid: string, { name }: GuestInterface): Promise<void> {
    await this.#running(uid).plugCard(name);
  }

  async unplugCard(uid: string, name: string): Promise<void> {
    await this.#running(uid).unplugCard(name);
  }

  async grow(uid: string, size: { vcpus: number; memoryBytes: bigint }): Promise<void> {
    await this.#running(uid).grow(size);
  }

  async resizeDisk(uid: string, path: string, sizeBytes: bigint): Promise<void> {
    await this.#running(uid).resizeDisk(path, sizeBytes);
  }

  async prepareMigration(uid: string, request: MigrationRequest): Promise<void> {
    await this.#running(uid).prepareMove(request);
  }

  async startMigration(uid: string, id: string): Promise<void> {
    this.#running(uid).startMove(id);
  }

  async cancelMigration(uid: string, id: string): Promise<void> {
    this.#running(uid).cancelMove(id);
  }

  async freeze(uid: string): Promise<void> {
    this.#noAgent(uid);
  }

  async thaw(uid: string): Promise<void> {
    this.#noAgent(uid);
  }

  async authorizeKeys(uid: string): Promise<void> {
    this.#noAgent(uid);
  }

  /** There is no memory to write: what comes out is empty but for its name. */
  async dumpMemory(uid: string, path: string): Promise<void> {
    const { name } = this.#running(uid);
    await writeFile(path, `memory of the simulated guest ${name}\n`, { mode: 0o600 });
  }

  async close({ detach }: { detach: boolean }): Promise<void> {
    this.#closed = true;
    for (const guest of this.#guests.values()) {
      if (detach || guest.hasEnded) {
        guest.letGo();
      } else {
        await guest.end('The sandbox stopped');
      }
      await guest.written;
    }
    this.#listeners.clear();
  }

  #noAgent(uid: string): never {
    this.#running(uid);
    throw new Error('A simulated guest has no agent; the QEMU driver does');
  }

  #register(saved: SavedGuest): SimulatedGuest {
    const guest = new SimulatedGuest(saved, {
      file: this.#path(saved.uid),
      timings: this.#timings,
      nextPid: () => {
        this.#lastPid += 1;
        return this.#lastPid;
      },
      changed: (observation) => {
        for (const listener of this.#listeners) listener(observation);
      },
    });
    this.#guests.set(saved.uid, guest);
    return guest;
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
    if (!guest.runs) {
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
