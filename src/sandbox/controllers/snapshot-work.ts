import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { copyDisk } from '../nodes/images/copy-disk.js';
import type { NodeDriver, Quiesced } from '../nodes/node-driver.js';
import type { SandboxClock, SandboxLogger } from './process-context.js';

/** One disk of a group: what is copied and the name the copy has. */
export interface SnapshotDisk {
  /** Absolute path of the disk's image. */
  source: string;
  snapshotUid: string;
}

export type SnapshotCommand =
  | {
      do: 'take';
      group: string;
      /** The running guest that writes to the disks; none when nothing does. */
      guestUid?: string;
      disks: SnapshotDisk[];
    }
  | {
      /** The memory of a running guest, into the image at the path, which becomes that long. */
      do: 'dump';
      group: string;
      guestUid: string;
      path: string;
      sizeBytes: bigint;
    }
  | { do: 'abandon'; group: string }
  | { do: 'drop'; group: string; snapshotUid: string };

/** What is known of a group of disk copies, all of one instant. */
export type SnapshotState =
  | { state: 'absent' }
  | { state: 'working' }
  | { state: 'ready'; takenAt: Date; quiesced: Quiesced; bytes: Record<string, number> }
  | { state: 'failed'; message: string; retryAt: Date };

interface Job {
  abort: AbortController;
  done: Promise<void>;
}

const RETRY_MS = 5_000;

/**
 * Copies of disks, in groups that are of one instant. A group is a directory: it is filled under another
 * name and renamed when all its copies are whole, so that a group that is there is complete, whatever was
 * killed on the way.
 */
export class SnapshotWork {
  readonly #jobs = new Map<string, Job>();
  readonly #failures = new Map<string, { message: string; retryAt: Date }>();
  readonly #known = new Map<string, Extract<SnapshotState, { state: 'ready' }>>();

  constructor(
    private readonly directory: string,
    private readonly driver: NodeDriver,
    private readonly clock: SandboxClock,
    private readonly logger: SandboxLogger,
    private readonly notify: (group: string) => void,
  ) {}

  /** Absolute path of one copy. */
  path(group: string, snapshotUid: string): string {
    return join(this.directory, group, `${snapshotUid}.img`);
  }

  state(group: string): SnapshotState {
    if (this.#jobs.has(group)) return { state: 'working' };
    const failure = this.#failures.get(group);
    if (failure) return { state: 'failed', ...failure };
    const known = this.#known.get(group) ?? this.#read(group);
    if (!known) return { state: 'absent' };
    this.#known.set(group, known);
    return known;
  }

  #read(group: string): Extract<SnapshotState, { state: 'ready' }> | undefined {
    const facts = join(this.directory, group, 'group.json');
    if (!existsSync(facts)) return undefined;
    const { takenAt, quiesced, bytes } = JSON.parse(readFileSync(facts, 'utf8'));
    return { state: 'ready', takenAt: new Date(takenAt), quiesced, bytes };
  }

  /** Removes what an earlier process left unfinished. To be called when no guest writes there any more. */
  async clear(): Promise<void> {
    for (const name of await readdir(this.directory).catch(() => [] as string[])) {
      if (name.endsWith('.partial')) await rm(join(this.directory, name), { recursive: true, force: true });
    }
  }

  /** The groups that lie here. */
  async groups(): Promise<string[]> {
    const names = await readdir(this.directory).catch(() => [] as string[]);
    return names.filter((name) => !name.endsWith('.partial'));
  }

  /** Begins the work and returns; whoever is to know is told when it has ended. */
  run(command: SnapshotCommand): void {
    const running = this.#jobs.get(command.group);
    if (command.do === 'take' || command.do === 'dump') {
      if (!running && this.state(command.group).state !== 'ready') this.#begin(command);
    } else if (command.do === 'abandon') {
      running?.abort.abort(new Error('the snapshot was given up'));
      this.#failures.delete(command.group);
    } else void this.#drop(command.group, command.snapshotUid, running);
  }

  #begin(command: Extract<SnapshotCommand, { do: 'take' | 'dump' }>): void {
    const { group } = command;
    const abort = new AbortController();
    const job: Job = { abort, done: Promise.resolve() };
    this.#jobs.set(group, job);
    const work =
      command.do === 'take' ? this.#take(command, abort.signal) : this.#dump(command, abort.signal);
    job.done = work
      .then(
        () => void this.#failures.delete(group),
        (error) => this.#failed(group, abort.signal, error),
      )
      .then(() => {
        this.#jobs.delete(group);
        this.notify(group);
      });
  }

  async #take(
    { group, guestUid, disks }: Extract<SnapshotCommand, { do: 'take' }>,
    signal: AbortSignal,
  ): Promise<void> {
    const unfinished = join(this.directory, `${group}.partial`);
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    try {
      const copies = disks.map(({ source, snapshotUid }) => ({
        source,
        target: join(unfinished, `${snapshotUid}.img`),
      }));
      let quiesced: Quiesced = 'not-needed';
      let takenAt = this.clock.now();
      if (guestUid !== undefined) {
        ({ quiesced, takenAt } = await this.driver.copyDisks(guestUid, copies, signal));
      } else {
        for (const { source, target } of copies) await copyDisk(source, target, signal);
      }
      signal.throwIfAborted();
      const bytes = Object.fromEntries(
        disks.map(({ snapshotUid }, index) => [snapshotUid, statSync(copies[index]?.target ?? '').size]),
      );
      await written(join(unfinished, 'group.json'), JSON.stringify({ takenAt, quiesced, bytes }));
      await rename(unfinished, join(this.directory, group));
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      throw error;
    }
  }

  /** The dump takes the place of the image first and says so then: what is said is true. */
  async #dump(
    { group, guestUid, path, sizeBytes }: Extract<SnapshotCommand, { do: 'dump' }>,
    signal: AbortSignal,
  ): Promise<void> {
    const unfinished = join(this.directory, `${group}.partial`);
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    try {
      const takenAt = this.clock.now();
      const core = join(unfinished, 'core');
      await this.driver.dumpMemory(guestUid, core, signal);
      signal.throwIfAborted();
      const { size } = await stat(core);
      if (BigInt(size) > sizeBytes)
        throw new Error(`the memory takes ${size} bytes and the claim has ${sizeBytes}`);
      await truncate(core, Number(sizeBytes));
      await rename(core, path);
      await written(
        join(unfinished, 'group.json'),
        JSON.stringify({ takenAt, quiesced: 'not-needed', bytes: {} }),
      );
      await rename(unfinished, join(this.directory, group));
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      throw error;
    }
  }

  #failed(group: string, signal: AbortSignal, error: unknown): void {
    if (signal.aborted) return;
    const message = error instanceof Error ? error.message : String(error);
    this.#failures.set(group, { message, retryAt: new Date(this.clock.now().getTime() + RETRY_MS) });
    this.logger.warn({ group, err: message }, 'disks could not be snapshotted');
  }

  /** The last copy takes the group with it. */
  async #drop(group: string, snapshotUid: string, running: Job | undefined): Promise<void> {
    running?.abort.abort(new Error('the snapshot was deleted'));
    await running?.done;
    const directory = join(this.directory, group);
    await rm(this.path(group, snapshotUid), { force: true });
    const left = await readdir(directory).catch(() => [] as string[]);
    if (!left.some((name) => name.endsWith('.img'))) await this.discard(group);
    this.notify(group);
  }

  hasCopy(group: string, snapshotUid: string): boolean {
    return existsSync(this.path(group, snapshotUid));
  }

  async discard(group: string): Promise<void> {
    this.#known.delete(group);
    this.#failures.delete(group);
    await rm(join(this.directory, group), { recursive: true, force: true });
  }

  /** Abandons what runs; the next start begins it again. */
  async close(): Promise<void> {
    const jobs = [...this.#jobs.values()];
    for (const job of jobs) job.abort.abort(new Error('the sandbox stops'));
    await Promise.allSettled(jobs.map((job) => job.done));
  }
}

async function written(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
}
