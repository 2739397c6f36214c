import type { DiskCopy, GuestDisk, Quiesced } from '../node-driver.js';
import { backupDisks } from './disk-backup.js';
import {
  type PluggedDisk,
  plugDisk,
  pluggedDisks,
  pluggedSeats,
  resizeDisk,
  unplugDisk,
} from './disk-hotplug.js';
import type { GuestFreeze } from './guest-freeze.js';
import { dumpMemory } from './guest-memory.js';
import type { GuestRecord } from './guest-record.js';
import type { QmpClient } from './qmp-client.js';

const LOOK_MS = 50;

interface Rooms {
  record: GuestRecord;
  freeze: GuestFreeze;
  /** Throws while the guest does not run. */
  qmp(): QmpClient;
  /** It is on its way to another process. */
  moving(): boolean;
  paused(): boolean;
  now(): number;
  save(): Promise<void>;
  changed(): void;
}

/** The disks of one guest while it runs: copies, what comes and goes, and what it all must not be moved under. */
export class GuestDisks {
  #plugged: ReadonlySet<string> = new Set();
  readonly #work = new Set<Promise<unknown>>();

  constructor(private readonly rooms: Rooms) {}

  /** Names of what was plugged in, as QEMU itself said last. */
  get plugged(): ReadonlySet<string> {
    return this.#plugged;
  }

  async look(qmp: QmpClient): Promise<void> {
    this.#plugged = await pluggedDisks(qmp);
  }

  /** What was plugged in, for a process that the guest moves to. */
  seats(): Promise<PluggedDisk[]> {
    return pluggedSeats(this.rooms.qmp(), this.rooms.record.plugged ?? {});
  }

  /** When nothing is done to them any more. */
  async quiet(): Promise<void> {
    await Promise.allSettled([...this.#work]);
  }

  copy(copies: readonly DiskCopy[], signal: AbortSignal): Promise<{ quiesced: Quiesced; takenAt: Date }> {
    return this.#still(async () => {
      const { freeze, now, paused, qmp } = this.rooms;
      let quiesced: Quiesced = 'paused';
      let takenAt = new Date(now());
      const atInstant = async (begin: () => Promise<void>) => {
        takenAt = new Date(now());
        if (paused()) await begin();
        else quiesced = await freeze.around(begin);
      };
      await backupDisks(qmp(), copies, atInstant, signal);
      return { quiesced, takenAt };
    });
  }

  plug(disk: GuestDisk): Promise<void> {
    return this.#change(async (qmp) => {
      const { record, save } = this.rooms;
      // First written down: a disk that nobody knows of could not be taken along.
      record.plugged = { ...record.plugged, [disk.name]: disk };
      await save();
      await plugDisk(qmp, disk);
    });
  }

  unplug(name: string): Promise<void> {
    return this.#change((qmp) => unplugDisk(qmp, name));
  }

  resize(path: string, sizeBytes: bigint): Promise<void> {
    return this.#still(() => resizeDisk(this.rooms.qmp(), path, sizeBytes));
  }

  dumpMemory(path: string, signal: AbortSignal): Promise<void> {
    return this.#still(() => dumpMemory(this.rooms.qmp(), path, signal));
  }

  #change(act: (qmp: QmpClient) => Promise<void>): Promise<void> {
    return this.#still(async () => {
      const qmp = this.rooms.qmp();
      await act(qmp);
      await this.look(qmp);
      this.rooms.changed();
    });
  }

  /** Does what a guest must not move under; waits for one that does. */
  async #still<T>(act: () => Promise<T>): Promise<T> {
    while (this.rooms.moving()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const work = act();
    this.#work.add(work);
    try {
      return await work;
    } finally {
      this.#work.delete(work);
    }
  }
}
