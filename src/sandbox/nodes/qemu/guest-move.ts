import type { ChildProcess } from 'node:child_process';
import { type GuestMigration, isUnderway, type MigrationSettings } from '../guest-migration.js';
import { MigrationMonitor } from '../migration-monitor.js';
import type { NodeLogger } from '../node-logger.js';
import type { GuestFiles } from './guest-files.js';
import type { GuestRecord } from './guest-record.js';
import { GuestSeat } from './guest-seat.js';
import {
  type MigrationInfo,
  migrationInfo,
  progressOf,
  setCapabilities,
  setParameters,
} from './migration-control.js';

const LOOK_MS = 100;
const startTimeoutMs = 30_000;
/** The target has everything and only has to say so. */
const arrivalTimeoutMs = 30_000;

/** What a move does with its guest. */
export interface MoveRooms {
  record: GuestRecord;
  source: GuestSeat;
  targetFiles: GuestFiles;
  logger: NodeLogger;
  now(): number;
  /** Once nothing else is done to the guest. */
  quiet(): Promise<void>;
  /** Starts the process that waits for the guest. */
  launch(): Promise<ChildProcess>;
  /** Writes the record down. */
  save(): Promise<void>;
  changed(): void;
  paused(): boolean;
  hasEnded(): boolean;
  /** The process that is the guest now. */
  seat(): GuestSeat;
  /** From now on that process is the guest; the record says so already. */
  takeSeat(target: GuestSeat): Promise<void>;
  crash(reason: string): Promise<void>;
}

/**
 * One live migration of one guest, QEMU to QEMU. Which of the two processes is the guest is written down before the
 * target's processors run, so whoever comes after a kill never lets both run.
 */
export class GuestMove {
  readonly #rooms: MoveRooms;
  readonly #settings: MigrationSettings;
  #target: GuestSeat | undefined;
  #postCopyAsked = false;
  #cancelled = false;
  #running: Promise<void> = Promise.resolve();

  constructor(settings: MigrationSettings, rooms: MoveRooms) {
    this.#settings = settings;
    this.#rooms = rooms;
  }

  get #state(): GuestMigration {
    const { migration } = this.#rooms.record;
    if (!migration) throw new Error('no migration');
    return migration;
  }

  get #committed(): boolean {
    return this.#rooms.record.move?.committed ?? false;
  }

  /** The guest's own stops and starts are ours while this is so. */
  get underway(): boolean {
    return isUnderway(this.#rooms.record.migration);
  }

  /** When nothing is left to be done, however it went. */
  get settled(): Promise<void> {
    return this.#running;
  }

  prepare(): void {
    this.#running = this.#prepare().catch((error: Error) => this.#broken(error));
  }

  start(): void {
    if (this.#state.phase !== 'ready') return;
    this.#state.phase = 'running';
    this.#rooms.changed();
    this.#running = this.#run().catch((error: Error) => this.#broken(error));
  }

  cancel(): void {
    if (!this.underway || this.#committed) return;
    this.#cancelled = true;
    if (this.#state.phase === 'ready') {
      this.#running = this.#stay('cancelled', 'Live migration aborted');
    }
  }

  /** The guest ends: the process that is not its own goes with it, before it. */
  async end(): Promise<void> {
    const { record, source, logger, seat } = this.#rooms;
    if (!this.underway) return;
    this.#cancelled = true;
    Object.assign(this.#state, { phase: 'failed', reason: 'The guest ended' });
    delete record.move;
    for (const one of [source, this.#target]) {
      if (!one || one === seat()) continue;
      await one.quit(logger);
      one.letGo();
    }
  }

  /** Lets go of both without ending either. */
  letGo(): void {
    this.#cancelled = true;
    this.#rooms.source.letGo();
    this.#target?.letGo();
  }

  async #prepare(): Promise<void> {
    const { quiet, save, launch, targetFiles, source, record, paused, changed } = this.#rooms;
    await quiet();
    await save();
    if (this.#over()) return;
    const target = new GuestSeat(targetFiles, await launch());
    this.#target = target;
    try {
      await target.connect(startTimeoutMs, {
        serial: record.spec.serialConsole,
        goOn: () => !this.#over(),
      });
    } catch (error) {
      throw new Error(`The target did not start: ${(await target.complaint()) || (error as Error).message}`);
    }
    const refusal = await setCapabilities(source.control(), target.control(), this.#settings, paused());
    if (refusal !== undefined) this.#state.withoutPostCopy = refusal;
    await target.control().execute('migrate-incoming', { uri: `unix:${targetFiles.migration}` });
    if (this.#cancelled) {
      await this.#stay('cancelled', 'Live migration aborted');
      return;
    }
    if (this.#over()) return;
    this.#state.phase = 'ready';
    await save();
    changed();
  }

  async #run(): Promise<void> {
    const { source, targetFiles, record, save, paused, now } = this.#rooms;
    record.move = { resume: !paused(), committed: false };
    await save();
    const qmp = source.control();
    await setParameters(qmp, this.#settings);
    const allowPostCopy = this.#settings.allowPostCopy && this.#state.withoutPostCopy === undefined;
    const allowed = { ...this.#settings, allowPostCopy };
    const monitor = new MigrationMonitor(allowed, await memoryBytes(source), now());
    await qmp.execute('migrate', { uri: `unix:${targetFiles.migration}` });
    let told = 0;
    for (;;) {
      if (this.#over()) return;
      const info = await migrationInfo(qmp);
      const progress = progressOf(info);
      if (progress) this.#state.progress = progress;
      // It may be over before anybody has looked: QEMU counts what came that way.
      if (info.status === 'postcopy-active' || progress?.postCopy) this.#state.mode = 'PostCopy';
      if (await this.#follow(info)) return;
      if (this.#cancelled && !this.#committed) await qmp.execute('migrate_cancel');
      else if (info.status === 'active' && progress) await this.#judge(monitor.look(now(), progress));
      if (now() - told >= 500) {
        told = now();
        this.#rooms.changed();
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Whether it is over. */
  async #follow(info: MigrationInfo): Promise<boolean> {
    const qmp = this.#rooms.source.control();
    switch (info.status) {
      case 'pre-switchover':
        if (!this.#cancelled) await qmp.execute('migrate-continue', { state: 'pre-switchover' });
        return false;
      case 'postcopy-active':
        if (!this.#committed) await this.#commit(['postcopy-active', 'completed']);
        return this.#committed ? this.#pulled() : true;
      case 'completed':
        if (!this.#committed) await this.#commit(['completed']);
        if (this.#committed) await this.#finish();
        return true;
      case 'cancelled':
        await this.#stay(
          this.#cancelled ? 'cancelled' : 'failed',
          this.#state.reason ?? 'Live migration aborted',
        );
        return true;
      case 'failed':
        await this.#stay('failed', this.#state.reason ?? (await this.#whyFailed(info)));
        return true;
      default:
        return false;
    }
  }

  async #whyFailed(info: MigrationInfo): Promise<string> {
    const told = info['error-desc'];
    // A target that cannot take the guest says why and ends; all that the source knows is that the line is dead.
    if (!told) await this.#target?.seeOff(this.#rooms.logger);
    const ended = this.#target?.end.description;
    const complaint = ended?.startsWith('status') ? await this.#target?.complaint() : '';
    const why = told || complaint || (ended ? '' : 'QEMU gave no reason');
    return `Live migration failed${ended ? `, the target ended with ${ended}` : ''}${why && `: ${why}`}`;
  }

  async #judge(verdict: ReturnType<MigrationMonitor['look']>): Promise<void> {
    const qmp = this.#rooms.source.control();
    if (typeof verdict === 'object') {
      const { withoutPostCopy: refusal } = this.#state;
      this.#state.reason =
        verdict.abort + (refusal ? `; post-copy is allowed, but not to be had: ${refusal}` : '');
      await qmp.execute('migrate_cancel');
    } else if (verdict === 'post-copy' && !this.#postCopyAsked) {
      await qmp.execute('migrate-start-postcopy');
      this.#postCopyAsked = true;
    } else if (verdict === 'pause' && this.#state.mode === 'PreCopy') {
      this.#state.mode = 'Paused';
      await qmp.execute('stop');
    }
  }

  /** The switch: the target has what it needs to run, so it is the guest from here on. */
  async #commit(arrived: readonly string[]): Promise<void> {
    const { record, save, takeSeat, targetFiles } = this.#rooms;
    const target = this.#target;
    if (!target || !(await hasArrived(target, arrived))) {
      await this.#takeBack();
      return;
    }
    record.seat = targetFiles.seat;
    record.spec = { ...record.spec, node: this.#state.targetNode };
    record.move = { resume: record.move?.resume ?? true, committed: true };
    await save();
    if (this.#over()) {
      await target.quit(this.#rooms.logger);
      return;
    }
    await takeSeat(target);
    if (record.move.resume) await target.control().execute('cont');
    this.#rooms.changed();
  }

  /** The target died with the guest in its hands: the source has all of it, and its disks have no other owner. */
  async #takeBack(): Promise<void> {
    await this.#stay('failed', 'The target ended at the hand-over');
  }

  /** Post-copy: the guest runs on the target while its memory still comes. Whether that is over. */
  async #pulled(): Promise<boolean> {
    const target = this.#target;
    const { status } = target ? await migrationInfo(target.control()) : {};
    if (status === 'postcopy-paused' || status === 'failed') {
      await this.#rooms.crash('The rest of its memory was lost in a post-copy migration');
      return true;
    }
    return false;
  }

  async #finish(): Promise<void> {
    const { source, record, save, changed, logger } = this.#rooms;
    await source.quit(logger);
    source.letGo();
    await source.sweep();
    this.#state.phase = 'completed';
    delete record.move;
    await save();
    changed();
  }

  /** The guest goes on where it was. */
  async #stay(phase: 'failed' | 'cancelled', reason: string): Promise<void> {
    const { source, record, save, changed, logger, paused, hasEnded } = this.#rooms;
    if (!this.underway || hasEnded()) return;
    // First the other one goes, then this one may run.
    const target = this.#target;
    if (target) {
      await target.quit(logger);
      target.letGo();
      await target.sweep();
    }
    const qmp = source.control();
    await untilIdle(source);
    if (!paused()) await qmp.execute('cont');
    Object.assign(this.#state, { phase, reason });
    delete record.move;
    await save();
    changed();
  }

  async #broken(error: Error): Promise<void> {
    const { logger, record, hasEnded, crash } = this.#rooms;
    if (hasEnded() || this.#cancelledByEnd()) return;
    logger.warn('a migration broke off', { uid: record.spec.uid, error: error.message });
    try {
      if (this.#committed) await crash(`The migration broke off after the hand-over: ${error.message}`);
      else await this.#stay('failed', error.message);
    } catch (second) {
      // The source is gone as well: it is put to rest by whoever watches it, and takes the target with it.
      logger.warn('a guest was lost while it moved', { uid: record.spec.uid, error: String(second) });
    }
  }

  #cancelledByEnd(): boolean {
    return !this.underway;
  }

  #over(): boolean {
    return !this.underway || this.#rooms.hasEnded();
  }
}

async function memoryBytes(seat: GuestSeat): Promise<number> {
  const size = await seat
    .control()
    .execute<{ 'base-memory': number; 'plugged-memory'?: number }>('query-memory-size-summary');
  return size['base-memory'] + (size['plugged-memory'] ?? 0);
}

/** Whether the process that a guest moves to has what it needs; false when it has died or failed. */
export async function hasArrived(target: GuestSeat, arrived: readonly string[]): Promise<boolean> {
  const deadline = Date.now() + arrivalTimeoutMs;
  while (Date.now() < deadline) {
    const info = await migrationInfo(target.control()).catch(() => undefined);
    if (info?.status && arrived.includes(info.status)) return true;
    if (!info || info.status === 'failed') return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

/** Waits until QEMU has no migration in hand: a cancel takes its time, and the disks are not back before. */
export async function untilIdle(seat: GuestSeat): Promise<void> {
  const qmp = seat.control();
  for (;;) {
    const { status = 'none' } = await migrationInfo(qmp);
    if (['none', 'cancelled', 'failed', 'completed'].includes(status)) return;
    if (status !== 'cancelling') await qmp.execute('migrate_cancel');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
