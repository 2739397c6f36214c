import { isUnderway } from '../guest-migration.js';
import type { NodeLogger } from '../node-logger.js';
import { type GuestFiles, guestFiles } from './guest-files.js';
import { hasArrived, untilIdle } from './guest-move.js';
import { endProcess } from './guest-process.js';
import { type GuestRecord, writeRecord } from './guest-record.js';
import { GuestSeat } from './guest-seat.js';
import { migrationInfo } from './migration-control.js';

const connectTimeoutMs = 2_000;
const RESTARTED = 'The sandbox was restarted during the migration';

/** The processes that an earlier run left of one guest. */
export interface LeftProcesses {
  /** Of its two places, each. */
  files: readonly [GuestFiles, GuestFiles];
  pids: readonly [number | undefined, number | undefined];
}

export function leftProcesses(
  guestsDirectory: string,
  uid: string,
  processes: ReadonlyMap<string, number>,
): LeftProcesses {
  const files = [guestFiles(guestsDirectory, uid, 0), guestFiles(guestsDirectory, uid, 1)] as const;
  return { files, pids: [processes.get(files[0].pidFile), processes.get(files[1].pidFile)] };
}

/**
 * Which of the processes is the guest. At most one is left afterwards: a migration that was under way is brought to
 * its end where the target holds the guest already, and called off where it does not. Writes the record.
 */
export async function seatOf(
  record: GuestRecord,
  { files, pids }: LeftProcesses,
  logger: NodeLogger,
): Promise<GuestSeat | undefined> {
  const at = record.seat ?? 0;
  const other = at === 0 ? 1 : 0;
  const own = pids[at] === undefined ? undefined : new GuestSeat(files[at], pids[at]);
  const rival = pids[other] === undefined ? undefined : new GuestSeat(files[other], pids[other]);
  const { migration, move } = record;
  if (record.ended || !migration || !isUnderway(migration)) {
    await endAll([rival, record.ended ? own : undefined]);
    return record.ended ? undefined : own;
  }
  const serial = record.spec.serialConsole;
  // Nothing was stopped before that was written down.
  const resume = move?.resume ?? false;
  let seat = own;
  if (move?.committed) {
    const whole = own && (await isWhole(own, rival, serial));
    await endAll([rival, whole ? undefined : own]);
    seat = whole ? own : undefined;
    if (seat && resume) await seat.control().execute('cont');
    Object.assign(migration, whole ? { phase: 'completed' } : { phase: 'failed', reason: RESTARTED });
  } else if (rival && (await holdsGuest(own, rival, serial))) {
    // Written down before the target runs, as ever.
    record.seat = other;
    record.spec = { ...record.spec, node: migration.targetNode };
    record.move = { resume, committed: true };
    await writeRecord(files[at].record, record);
    await endAll([own]);
    own?.letGo();
    seat = rival;
    if (resume) await seat.control().execute('cont');
    migration.phase = 'completed';
  } else {
    await endAll([rival]);
    rival?.letGo();
    if (own) await comeBack(own, serial, resume, logger);
    Object.assign(migration, { phase: 'failed', reason: RESTARTED });
  }
  delete record.move;
  await writeRecord(files[at].record, record);
  return seat;
}

async function connected(seat: GuestSeat, serial: boolean): Promise<boolean> {
  if (seat.qmp) return true;
  return seat.connect(connectTimeoutMs, { serial }).then(
    () => true,
    () => false,
  );
}

/** Whether the target has all of the guest; in post-copy it waits for what is still on the source. */
async function isWhole(target: GuestSeat, source: GuestSeat | undefined, serial: boolean): Promise<boolean> {
  if (!(await connected(target, serial))) return false;
  const { status } = await migrationInfo(target.control());
  if (status === 'completed' || status === 'none' || status === undefined) return true;
  return source !== undefined && (await hasArrived(target, ['completed']));
}

/** Whether the source has let go of the guest, and the target has it whole. */
async function holdsGuest(
  source: GuestSeat | undefined,
  target: GuestSeat,
  serial: boolean,
): Promise<boolean> {
  if (!(await connected(target, serial))) return false;
  if (source) {
    if (!(await connected(source, serial))) return false;
    // What was told to hand over does so by itself, soon.
    const handed = await hasHandedOver(source);
    if (!handed) return false;
    return hasArrived(target, ['completed']);
  }
  return (await migrationInfo(target.control())).status === 'completed';
}

async function hasHandedOver(source: GuestSeat): Promise<boolean> {
  for (;;) {
    const { status } = await migrationInfo(source.control());
    if (status === 'completed' || status === 'postcopy-active') return true;
    if (status !== 'device') return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The guest goes on where it was. */
async function comeBack(
  seat: GuestSeat,
  serial: boolean,
  resume: boolean,
  logger: NodeLogger,
): Promise<void> {
  if (!(await connected(seat, serial))) return;
  try {
    await untilIdle(seat);
    if (resume) await seat.control().execute('cont');
  } catch (error) {
    logger.warn('a guest does not go on after a migration that was cut off', { error: String(error) });
  }
}

async function endAll(seats: readonly (GuestSeat | undefined)[]): Promise<void> {
  for (const seat of seats) {
    if (!seat || seat.pid === undefined) continue;
    seat.letGo();
    await endProcess({ pid: seat.pid, pidFile: seat.files.pidFile });
    await seat.sweep();
  }
}
