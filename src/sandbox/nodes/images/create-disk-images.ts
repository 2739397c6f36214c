import { mkdirSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import type { LookupFunction } from 'node:net';
import { dirname } from 'node:path';
import pLimit from 'p-limit';
import type { DiskImages, ImageSource, ImportRequest, ReceiveRequest } from '../disk-images.js';
import { type NodeLogger, silentLogger } from '../node-logger.js';
import { findOnPath } from '../qemu/qemu-tools.js';
import type { DownloadLimits } from './image-download.js';
import { importImage, scratchFiles, takeImage } from './image-import.js';
import { ImportAddressPolicy } from './import-address.js';
import { versionOfSource } from './source-version.js';
import { SparseFile } from './sparse-file.js';

export interface DiskImagesOptions {
  /** Where disks usually live; made when it is not there. Paths given in calls are absolute all the same. */
  directory: string;
  /** Hosts (names, IPs, `host:port`) that may be private; everyone else must be public. */
  allowedHosts: readonly string[];
  /** Imports at a time; the others wait. */
  maxParallel?: number;
  logger?: NodeLogger;
  limits?: Partial<DownloadLimits>;
  /** Resolves names instead of the system's resolver. */
  lookup?: LookupFunction;
  /** Path of `qemu-img`, or false for a machine without; found on PATH when not given. */
  qemuImg?: string | false;
}

const defaultLimits: DownloadLimits = { firstByteMs: 30_000, stallMs: 60_000, maxRedirects: 5 };

export function createDiskImages(options: DiskImagesOptions): DiskImages {
  mkdirSync(options.directory, { recursive: true });
  return new LocalDiskImages(options);
}

class LocalDiskImages implements DiskImages {
  readonly #tools;
  readonly #inTurn;
  readonly #logger: NodeLogger;
  readonly #busy = new Set<string>();

  constructor({
    allowedHosts,
    maxParallel = 3,
    logger = silentLogger,
    limits,
    lookup,
    qemuImg,
  }: DiskImagesOptions) {
    this.#tools = {
      policy: new ImportAddressPolicy(allowedHosts, lookup),
      limits: { ...defaultLimits, ...limits },
      qemuImg: qemuImg === false ? undefined : (qemuImg ?? findOnPath('qemu-img')),
    };
    this.#inTurn = pLimit(maxParallel);
    this.#logger = logger;
  }

  /**
   * Rejects with ImportError, or with the signal's reason when aborted. Nothing is left behind either way,
   * and what was at the destination before stays as it was. A second import to the same destination at the
   * same time is a mistake and throws an Error.
   */
  importFrom(request: ImportRequest): Promise<void> {
    return this.#alone(request, () =>
      this.#waitForTurn(request.signal, () => importImage(request, this.#tools)),
    );
  }

  /** As `importFrom`, but at once: whoever sends does not wait for a turn. */
  receive(request: ReceiveRequest): Promise<void> {
    return this.#alone(request, () => takeImage(request, this.#tools));
  }

  versionOf(source: ImageSource, signal: AbortSignal): Promise<string> {
    const { policy, limits } = this.#tools;
    return versionOfSource(source, { policy, limits, signal, authorities: source.authorities });
  }

  async #alone(
    { destination, signal }: { destination: string; signal: AbortSignal },
    work: () => Promise<void>,
  ): Promise<void> {
    if (this.#busy.has(destination)) {
      throw new Error(`An import to ${destination} is already running`);
    }
    signal.throwIfAborted();
    this.#busy.add(destination);
    try {
      await work();
    } catch (error) {
      this.#logger.warn('import failed', { destination, error: String(error) });
      throw error;
    } finally {
      this.#busy.delete(destination);
    }
  }

  /** A sparse file of zeros; a disk of that size that is there already is left as it is. */
  async createBlank(path: string, sizeBytes: bigint, { preallocate = false } = {}): Promise<void> {
    const existing = await stat(path, { bigint: true }).catch(() => undefined);
    if (existing?.size === sizeBytes) {
      return;
    }
    await mkdir(dirname(path), { recursive: true });
    const { partial } = scratchFiles(path);
    const file = await SparseFile.create(partial, { solid: preallocate });
    try {
      await file.finish(sizeBytes);
    } catch (error) {
      await file.abandon();
      throw error;
    }
    await rename(partial, path);
  }

  async remove(path: string): Promise<void> {
    const { download, partial } = scratchFiles(path);
    // What firmware and a TPM keep on the claim lies beside the image.
    const beside = [path, download, partial, `${path}.state`];
    await Promise.all(beside.map((file) => rm(file, { recursive: true, force: true })));
  }

  /** One that is aborted while it waits leaves the queue at once. */
  async #waitForTurn(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    let started = false;
    let leave: (() => void) | undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
      leave = () => {
        if (!started) {
          reject(signal.reason);
        }
      };
      signal.addEventListener('abort', leave);
    });
    const turn = this.#inTurn(async () => {
      if (signal.aborted) {
        return;
      }
      started = true;
      await work();
    });
    try {
      await Promise.race([turn, aborted]);
      signal.throwIfAborted();
    } finally {
      if (leave) {
        signal.removeEventListener('abort', leave);
      }
    }
  }
}
