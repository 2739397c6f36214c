import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { GuestMigration } from '../guest-migration.js';
import type { GuestDisk, GuestSpec, GuestState } from '../node-driver.js';
import type { SeatNumber } from './guest-files.js';

/** What has to be known about a guest by a sandbox that did not start it. */
export interface GuestRecord {
  spec: GuestSpec;
  /** Set once it has ended. */
  ended?: { state: Extract<GuestState, 'shutdown' | 'crashed'>; reason: string };
  /** Milliseconds since the epoch: the end of a grace period that was running. */
  killAt?: number;
  /** Milliseconds since the epoch: a power-off before then is the first half of a reboot. */
  rebootUntil?: number;
  /** Its file systems are, or may be, frozen. */
  frozen?: boolean;
  /** Which of its two places holds the guest; 0 unless said. The other one may be run by nobody. */
  seat?: SeatNumber;
  /** Disks that were plugged in while it ran, by name. */
  plugged?: Record<string, GuestDisk>;
  migration?: GuestMigration;
  /** Of a migration under way: whether the guest shall run at its end, and whether `seat` is the target's already. */
  move?: { resume: boolean; committed: boolean };
}

/** Written aside and renamed, so that a kill in the middle leaves the old one. */
export async function writeRecord(path: string, record: GuestRecord): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const scratch = `${path}.new`;
  const text = JSON.stringify(record, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
  await writeFile(scratch, text, { mode: 0o600 });
  await rename(scratch, path);
}

/** Records by uid; what cannot be read is left out, its uid is in `unreadable`. */
export async function readRecords(
  guestsDirectory: string,
): Promise<{ records: Map<string, GuestRecord>; unreadable: string[] }> {
  const records = new Map<string, GuestRecord>();
  const unreadable: string[] = [];
  const uids = await readdir(guestsDirectory).catch(() => []);
  for (const uid of uids) {
    try {
      records.set(uid, parseRecord(await readFile(join(guestsDirectory, uid, 'guest.json'), 'utf8')));
    } catch {
      unreadable.push(uid);
    }
  }
  return { records, unreadable };
}

function parseRecord(text: string): GuestRecord {
  const amounts = new Set(['memoryBytes', 'addedMemoryBytes', 'maxMemoryBytes']);
  return JSON.parse(text, (key, value) =>
    amounts.has(key) && value !== null ? BigInt(String(value)) : value,
  ) as GuestRecord;
}
