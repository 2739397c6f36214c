import { statSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskImages, ReceiveRequest } from '../nodes/disk-images.js';
import { copyDisk } from '../nodes/images/copy-disk.js';
import type { KubeObject } from '../store/kube-object.js';
import type { SandboxClock, SandboxLogger } from './process-context.js';
import type { DiskCommand, DiskState } from './reconciliation.js';

interface Job {
  abort: AbortController;
  done: Promise<void>;
  percent?: number;
}

interface Failure {
  message: string;
  failures: number;
  retryAt: Date;
}

export type Upload = Pick<
  ReceiveRequest,
  'bytes' | 'length' | 'sizeBytes' | 'preallocate' | 'room' | 'onReceived'
>;

/** The claim waits for no image: it has one, or is just getting one. */
export class UploadRefused extends Error {}

const FIRST_RETRY_MS = 10_000;
const LAST_RETRY_MS = 300_000;

/**
 * Work on disk images that outlasts a reconcile. What is done is read from the disk itself, so that a
 * killed sandbox begins again what was not finished and nothing else.
 */
export class DiskWork {
  readonly #jobs = new Map<string, Job>();
  readonly #failures = new Map<string, Failure>();

  constructor(
    private readonly directory: string,
    private readonly images: DiskImages,
    private readonly clock: SandboxClock,
    private readonly logger: SandboxLogger,
    private readonly notify: (object: KubeObject) => void,
  ) {}

  path(claimUid: string): string {
    return join(this.directory, `${claimUid}.img`);
  }

  state(claimUid: string): DiskState {
    const job = this.#jobs.get(claimUid);
    if (job) return { state: 'working', percent: job.percent };
    const failure = this.#failures.get(claimUid);
    if (failure) return { state: 'failed', ...failure };
    const bytes = statSync(this.path(claimUid), { throwIfNoEntry: false })?.size;
    return bytes === undefined ? { state: 'absent' } : { state: 'ready', bytes: BigInt(bytes) };
  }

  /** Begins the work and returns; whoever is to know is told when something changes. */
  run(command: DiskCommand): void {
    if (command.do === 'remove') {
      this.#remove(command.claimUid, () => this.notify(command.notify));
      return;
    }
    if (this.#jobs.has(command.claimUid)) return;
    const abort = new AbortController();
    const job: Job = { abort, done: Promise.resolve() };
    this.#jobs.set(command.claimUid, job);
    job.done = this.#perform(command, job)
      .then(
        () => this.#failures.delete(command.claimUid),
        (error) => this.#failed(command, job, error),
      )
      .then(() => {
        // A removal that came meanwhile has taken the place.
        if (this.#jobs.get(command.claimUid) === job) this.#jobs.delete(command.claimUid);
        if (!abort.signal.aborted) this.notify(command.notify);
      });
  }

  async #perform(command: Exclude<DiskCommand, { do: 'remove' }>, job: Job): Promise<void> {
    const path = this.path(command.claimUid);
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    if (command.do === 'grow') return truncate(path, Number(command.sizeBytes));
    if (command.do === 'copy') {
      const unfinished = `${path}.blank`;
      await copyDisk(command.source, unfinished, job.abort.signal);
      const { size } = await stat(unfinished);
      await truncate(unfinished, Math.max(size, Number(command.sizeBytes)));
      return rename(unfinished, path);
    }
    if (command.do === 'blank') {
      // Under another name first: a file under its own name is a finished one.
      const unfinished = `${path}.blank`;
      await this.images.remove(unfinished);
      await this.images.createBlank(unfinished, command.sizeBytes, { preallocate: command.preallocate });
      return rename(unfinished, path);
    }
    const { url, credentials, authorities, checksum, preallocate, sizeBytes } = command;
    await this.images.importFrom({
      url,
      credentials,
      authorities,
      checksum,
      preallocate,
      destination: path,
      sizeBytes,
      signal: job.abort.signal,
      onProgress: (percent) => {
        job.percent = percent;
        this.notify(command.notify);
      },
    });
  }

  /**
   * Takes the image that somebody sends for a claim. Throws UploadRefused where the claim's disk is there
   * already or is being worked on, ImportError for a bad image, and what the bytes throw.
   */
  async receive(claim: KubeObject, upload: Upload): Promise<void> {
    const { uid } = claim.metadata;
    if (this.#jobs.has(uid) || this.state(uid).state === 'ready') throw new UploadRefused();
    const abort = new AbortController();
    const job: Job = { abort, done: Promise.resolve() };
    this.#jobs.set(uid, job);
    this.notify(claim);
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const receiving = this.images.receive({
      ...upload,
      destination: this.path(uid),
      signal: abort.signal,
      onProgress: (percent) => {
        job.percent = percent;
      },
    });
    job.done = receiving
      .catch(() => undefined)
      .then(() => {
        if (this.#jobs.get(uid) === job) this.#jobs.delete(uid);
        if (!abort.signal.aborted) this.notify(claim);
      });
    await receiving;
  }

  #failed(command: DiskCommand, job: Job, error: unknown): void {
    if (job.abort.signal.aborted) return;
    const message = error instanceof Error ? error.message : String(error);
    const failures = (this.#failures.get(command.claimUid)?.failures ?? 0) + 1;
    // Like CDI, whatever the reason: the image behind a URL may be mended while we wait.
    const delay = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS);
    this.#failures.set(command.claimUid, {
      message,
      failures,
      retryAt: new Date(this.clock.now().getTime() + delay),
    });
    this.logger.warn({ claim: command.claimUid, failures, err: message }, `disk ${command.do} failed`);
  }

  /** Removes an image that nobody asks after. */
  discard(claimUid: string): void {
    this.#remove(claimUid, () => undefined);
  }

  #remove(claimUid: string, onDone: () => void): void {
    const running = this.#jobs.get(claimUid);
    running?.abort.abort();
    const done = (running?.done ?? Promise.resolve())
      .then(() => this.images.remove(this.path(claimUid)))
      .then(() => this.images.remove(`${this.path(claimUid)}.blank`))
      .catch((error) => this.logger.error({ claim: claimUid, err: String(error) }, 'disk removal failed'))
      .then(() => {
        this.#jobs.delete(claimUid);
        this.#failures.delete(claimUid);
        onDone();
      });
    this.#jobs.set(claimUid, { abort: new AbortController(), done });
  }

  /** The claims that images lie here for. */
  async claimsWithImages(): Promise<string[]> {
    const names = await readdir(this.directory).catch(() => [] as string[]);
    return [...new Set(names.map((name) => /^([0-9a-f-]{36})\.img/.exec(name)?.[1] ?? '').filter(Boolean))];
  }

  /** Removes what a killed process left of images that it had not finished. */
  async dropUnfinished(): Promise<void> {
    for (const name of await readdir(this.directory).catch(() => [] as string[])) {
      if (/\.(blank|partial|download)$/.test(name)) await rm(join(this.directory, name), { force: true });
    }
  }

  /** Abandons what runs; the next start begins it again. */
  async close(): Promise<void> {
    const jobs = [...this.#jobs.values()];
    for (const job of jobs) job.abort.abort();
    await Promise.allSettled(jobs.map((job) => job.done));
  }
}
