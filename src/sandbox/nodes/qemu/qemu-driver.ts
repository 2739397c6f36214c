import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { MigrationRequest } from '../guest-migration.js';
import type {
  AuthorizedKeys,
  DiskCopy,
  GuestCommandResult,
  GuestDisk,
  GuestInterface,
  GuestObservation,
  GuestSpec,
  NodeDriver,
  Quiesced,
} from '../node-driver.js';
import { FORCED_OFF } from '../node-driver.js';
import type { NodeLogger } from '../node-logger.js';
import { readSerialLog } from '../serial-log.js';
import { leftProcesses, seatOf } from './guest-adoption.js';
import { executeByAgent } from './guest-execution.js';
import { type GuestFiles, guestFiles } from './guest-files.js';
import { launchGuest } from './guest-launch.js';
import { endProcess, findGuestProcesses } from './guest-process.js';
import { type GuestRecord, readRecords } from './guest-record.js';
import type { KvmVerdict } from './kvm-probe.js';
import type { MachineChoice } from './qemu-arguments.js';
import { QemuGuest } from './qemu-guest.js';
import { findUefiFirmware } from './qemu-tools.js';
import { findTpms } from './tpm-process.js';

export interface QemuDriverOptions {
  /** Absolute path of `qemu-system-x86_64`. */
  qemu: string;
  /** Absolute path; each guest has a directory below it. */
  guestsDirectory: string;
  kvm: Promise<KvmVerdict>;
  /** Whether QEMU runs with its system call filter here. */
  filtered: Promise<boolean>;
  logger: NodeLogger;
  clock?: { now(): Date };
}

/** Each guest is a QEMU process that outlives this one; see {@link NodeDriver} for the contract. */
export class QemuDriver implements NodeDriver {
  readonly kind = 'qemu';
  readonly #options: QemuDriverOptions;
  readonly #guests = new Map<string, QemuGuest>();
  readonly #starts = new Map<string, Promise<void>>();
  readonly #listeners = new Set<(observation: GuestObservation) => void>();
  #accelerator: 'kvm' | 'tcg' = 'tcg';
  #closed = false;

  constructor(options: QemuDriverOptions) {
    this.#options = options;
    void options.kvm.then(({ works }) => {
      this.#accelerator = works ? 'kvm' : 'tcg';
    });
  }

  get accelerator(): 'kvm' | 'tcg' {
    return this.#accelerator;
  }

  async adopt(): Promise<GuestObservation[]> {
    const { guestsDirectory, logger } = this.#options;
    const [{ records, unreadable }, processes] = await Promise.all([
      readRecords(guestsDirectory),
      findGuestProcesses(guestsDirectory),
    ]);
    const known = new Set(this.#guests.keys());
    const adopted: QemuGuest[] = [];
    await Promise.all(
      [...records].map(async ([uid, record]) => {
        if (known.has(uid)) {
          return;
        }
        const left = leftProcesses(guestsDirectory, uid, processes);
        for (const { pidFile } of left.files) processes.delete(pidFile);
        const seat = await seatOf(record, left, logger);
        const guest = this.#register(record, left.files[0]);
        adopted.push(guest);
        if (seat) await guest.adopt(seat);
        else if (!record.ended) await guest.bury('The guest was gone after a restart');
      }),
    );
    // Whatever else runs from this directory has no record, so nobody would ever end it.
    for (const [pidFile, pid] of processes) {
      if (![...known].some((uid) => isOf(guestsDirectory, uid, pidFile))) {
        logger.warn('ending a guest without a record', { pid });
        await endProcess({ pid, pidFile });
      }
    }
    await this.#endStrayTpms();
    await Promise.all(
      unreadable
        .filter((uid) => !known.has(uid))
        .map((uid) => rm(join(guestsDirectory, uid), { recursive: true, force: true })),
    );
    return adopted.map((guest) => guest.observation());
  }

  /** A TPM that its guest's process never came to would wait for ever. */
  async #endStrayTpms(): Promise<void> {
    const { guestsDirectory, logger } = this.#options;
    const tpms = await findTpms(guestsDirectory);
    if (tpms.size === 0) return;
    const processes = await findGuestProcesses(guestsDirectory);
    for (const [mark, pid] of tpms) {
      const directory = dirname(mark.slice('file='.length));
      if ([...processes.keys()].some((pidFile) => dirname(pidFile) === directory)) continue;
      logger.warn('ending a TPM without a guest', { pid });
      await endProcess({ pid, pidFile: mark });
    }
  }

  start(spec: GuestSpec): Promise<void> {
    this.#refuseWhenClosed();
    const pending = this.#starts.get(spec.uid);
    if (pending) {
      return pending;
    }
    const start = this.#start(spec).finally(() => this.#starts.delete(spec.uid));
    this.#starts.set(spec.uid, start);
    return start;
  }

  async #start(spec: GuestSpec): Promise<void> {
    const existing = this.#guests.get(spec.uid);
    if (existing && !existing.hasEnded) {
      return;
    }
    if (existing) {
      throw new Error(`Guest ${spec.uid} has ended; remove it before it starts again`);
    }
    const { qemu, guestsDirectory, logger } = this.#options;
    const files = guestFiles(guestsDirectory, spec.uid);
    const guest = this.#register({ spec }, files);
    try {
      await guest.save();
      this.#tell(guest.observation());
      await this.#endLeftover(files.pidFile);
      await this.#endLeftover(guestFiles(guestsDirectory, spec.uid, 1).pidFile);
      const child = await launchGuest(qemu, guestsDirectory, spec, files, await this.#choice());
      await guest.take(child);
    } catch (error) {
      await guest.end({ state: 'crashed', reason: (error as Error).message });
      this.#guests.delete(spec.uid);
      await rm(files.directory, { recursive: true, force: true });
      throw error;
    }
    logger.info('guest started', { uid: spec.uid, pid: guest.observation().pid });
  }

  async #choice(): Promise<MachineChoice> {
    const [{ works }, filtered] = await Promise.all([this.#options.kvm, this.#options.filtered]);
    return { accelerator: works ? 'kvm' : 'tcg', firmware: findUefiFirmware(), filtered };
  }

  /** A start after a crash that was never followed by an adoption must not run the same guest twice. */
  async #endLeftover(pidFile: string): Promise<void> {
    const pid = (await findGuestProcesses(this.#options.guestsDirectory)).get(pidFile);
    if (pid !== undefined) {
      await endProcess({ pid, pidFile });
    }
  }

  async shutdown(uid: string, gracePeriodSeconds: number): Promise<void> {
    await this.#guest(uid).shutdown(gracePeriodSeconds * 1_000);
  }

  async kill(uid: string): Promise<void> {
    await this.#guest(uid).end({ state: 'shutdown', reason: FORCED_OFF });
  }

  async pause(uid: string): Promise<void> {
    await this.#guest(uid).pause();
  }

  async resume(uid: string): Promise<void> {
    await this.#guest(uid).resume();
  }

  async reset(uid: string): Promise<void> {
    await this.#guest(uid).reset();
  }

  async softReboot(uid: string): Promise<void> {
    await this.#guest(uid).softReboot();
  }

  observe(uid: string): GuestObservation | undefined {
    return this.#guests.get(uid)?.observation();
  }

  list(): GuestObservation[] {
    return [...this.#guests.values()].map((guest) => guest.observation());
  }

  /** Nothing happens for a uid that is not (or no longer) known; a guest that still runs is refused. */
  async remove(uid: string): Promise<void> {
    const guest = this.#guests.get(uid);
    if (!guest) {
      return;
    }
    if (!guest.hasEnded) {
      throw new Error(`Guest ${uid} still runs`);
    }
    this.#guests.delete(uid);
    await rm(guestFiles(this.#options.guestsDirectory, uid).directory, { recursive: true, force: true });
  }

  onChange(listener: (observation: GuestObservation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async copyDisks(
    uid: string,
    copies: readonly DiskCopy[],
    signal: AbortSignal,
  ): Promise<{ quiesced: Quiesced; takenAt: Date }> {
    return this.#guest(uid).disks.copy(copies, signal);
  }

  async plugDisk(uid: string, disk: GuestDisk): Promise<void> {
    await this.#guest(uid).disks.plug(disk);
  }

  async unplugDisk(uid: string, name: string): Promise<void> {
    await this.#guest(uid).disks.unplug(name);
  }

  async resizeDisk(uid: string, path: string, sizeBytes: bigint): Promise<void> {
    await this.#guest(uid).disks.resize(path, sizeBytes);
  }

  async plugCard(uid: string, card: GuestInterface): Promise<void> {
    await this.#guest(uid).devices.plugCard(card);
  }

  async unplugCard(uid: string, name: string): Promise<void> {
    await this.#guest(uid).devices.unplugCard(name);
  }

  async grow(uid: string, size: { vcpus: number; memoryBytes: bigint }): Promise<void> {
    await this.#guest(uid).devices.grow(size);
  }

  async prepareMigration(uid: string, request: MigrationRequest): Promise<void> {
    const { qemu, guestsDirectory } = this.#options;
    const guest = this.#guest(uid);
    const files = guestFiles(guestsDirectory, uid, guest.seat === 0 ? 1 : 0);
    await guest.prepareMove(request, files, async (spec, incoming) => {
      await this.#endLeftover(files.pidFile);
      return launchGuest(qemu, guestsDirectory, spec, files, await this.#choice(), incoming);
    });
  }

  async startMigration(uid: string, id: string): Promise<void> {
    this.#guest(uid).startMove(id);
  }

  async cancelMigration(uid: string, id: string): Promise<void> {
    this.#guest(uid).cancelMove(id);
  }

  async freeze(uid: string, timeoutMs: number): Promise<void> {
    await this.#guest(uid).freeze(timeoutMs);
  }

  async thaw(uid: string): Promise<void> {
    await this.#guest(uid).thaw();
  }

  async authorizeKeys(uid: string, keys: AuthorizedKeys): Promise<void> {
    await this.#guest(uid).authorizeKeys(keys);
  }

  async dumpMemory(uid: string, path: string, signal: AbortSignal): Promise<void> {
    await this.#guest(uid).disks.dumpMemory(path, signal);
  }

  async openSerial(uid: string): Promise<Duplex> {
    return this.#guest(uid).openSerial();
  }

  async openVnc(uid: string): Promise<Duplex> {
    return this.#guest(uid).openVnc();
  }

  async screenshot(uid: string): Promise<Buffer> {
    return this.#guest(uid).screenshot();
  }

  async openPort(uid: string, port: number, timeoutMs?: number): Promise<Duplex> {
    return this.#guest(uid).openPort(port, timeoutMs);
  }

  async pingAgent(uid: string, timeoutMs: number): Promise<void> {
    await this.#guest(uid).agent().ping(timeoutMs);
  }

  async executeInGuest(
    uid: string,
    command: readonly string[],
    timeoutMs: number,
  ): Promise<GuestCommandResult> {
    return executeByAgent(this.#guest(uid).agent(), command, timeoutMs);
  }

  async serialLog(uid: string, maxBytes: number): Promise<Buffer> {
    return readSerialLog(guestFiles(this.#options.guestsDirectory, uid).serialLog, maxBytes);
  }

  async close({ detach }: { detach: boolean }): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#starts.values());
    await Promise.all(
      [...this.#guests.values()].map((guest) =>
        detach ? guest.detach() : guest.end({ state: 'shutdown', reason: 'The sandbox stopped' }),
      ),
    );
    this.#listeners.clear();
  }

  #guest(uid: string): QemuGuest {
    this.#refuseWhenClosed();
    const guest = this.#guests.get(uid);
    if (!guest) {
      throw new Error(`No guest ${uid}`);
    }
    return guest;
  }

  #register(record: GuestRecord, files: GuestFiles): QemuGuest {
    const { logger, clock } = this.#options;
    const now = clock ? () => clock.now().getTime() : Date.now;
    const guest = new QemuGuest(record, files, (seen) => this.#tell(seen), logger, now);
    this.#guests.set(record.spec.uid, guest);
    return guest;
  }

  #refuseWhenClosed(): void {
    if (this.#closed) {
      throw new Error('The node driver is closed');
    }
  }

  #tell(observation: GuestObservation): void {
    for (const listener of this.#listeners) {
      listener(observation);
    }
  }
}

function isOf(guestsDirectory: string, uid: string, pidFile: string): boolean {
  return ([0, 1] as const).some((seat) => guestFiles(guestsDirectory, uid, seat).pidFile === pidFile);
}
