import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, stat, statfs, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { uploadChecksumMismatch, uploadStagingFull } from '../domain/disk-failures.js';
import type { Checksum } from '../domain/upload-headers.js';
import { pourInto } from './pour-into.js';
import { StagingPlace } from './staging-place.js';

const READ_BYTES = 512 * 1024;
/** What is left alone: the same disk may hold the database. */
const RESERVE_BYTES = 512 * 1024 * 1024;

export interface Part {
  /** Offset of its first byte; what lies there. */
  first: number;
  /** Of the part alone. */
  checksum: Checksum | null;
  signal: AbortSignal;
  /** Told how many bytes of the content are there. */
  onReceived(received: number): void;
}

/** One file per disk, named by its uid, that only grows: so its size says how much of the content is there. */
@Injectable()
export class StagingFiles {
  constructor(private readonly place: StagingPlace) {}

  /** Bytes; 0 where there is nothing. */
  async received(diskUid: string): Promise<number> {
    return (await stat(this.#path(diskUid)).catch(absent))?.size ?? 0;
  }

  /**
   * Writes a part where it belongs. What came stays, however it ends, unless the part does not hash to what was
   * announced: then it is taken back. Throws upload.checksum_mismatch, upload.staging_full, the reason of `signal`, and
   * what `bytes` throws.
   */
  async write(diskUid: string, bytes: Readable, part: Part): Promise<void> {
    await this.#make();
    const file = await open(this.#path(diskUid), constants.O_RDWR | constants.O_CREAT, 0o600).catch(full);
    const hash = part.checksum && createHash(part.checksum.algorithm);
    let received = part.first;
    try {
      await pourInto(bytes, part.signal, async (chunks) => {
        const length = await writeWhole(file, chunks, received);
        if (hash) for (const chunk of chunks) hash.update(chunk);
        received += length;
        part.onReceived(received);
      });
      if (hash && part.checksum && !hash.digest().equals(part.checksum.value)) {
        await file.truncate(part.first);
        throw uploadChecksumMismatch('The part does not hash to what its Content-Digest says.', {
          hint: 'Send the part again.',
        });
      }
    } catch (error) {
      full(error);
    } finally {
      await file.datasync().catch(() => {});
      await file.close();
    }
  }

  /** Takes back what is too much. */
  async truncate(diskUid: string, bytes: number): Promise<void> {
    await truncate(this.#path(diskUid), bytes);
  }

  read(diskUid: string): Readable {
    return createReadStream(this.#path(diskUid), { highWaterMark: READ_BYTES });
  }

  async remove(diskUid: string): Promise<void> {
    await rm(this.#path(diskUid), { force: true });
  }

  /** Bytes that may still be written. Throws upload.staging_full where the directory cannot be made. */
  async room(): Promise<number> {
    await this.#make();
    const { bavail, bsize } = await statfs(this.place.directory);
    return Math.max(0, bavail * bsize - RESERVE_BYTES);
  }

  /** The disks that something lies here for, and for how many milliseconds it has not been touched. */
  async present(): Promise<{ diskUid: string; idleMs: number }[]> {
    const found: { diskUid: string; idleMs: number }[] = [];
    for (const name of await readdir(this.place.directory).catch(() => [] as string[])) {
      const [, diskUid] = /^([0-9a-f-]{36})\.part$/.exec(name) ?? [];
      const facts = diskUid && (await stat(join(this.place.directory, name)).catch(absent));
      if (diskUid && facts) found.push({ diskUid, idleMs: Date.now() - facts.mtimeMs });
    }
    return found;
  }

  async #make(): Promise<void> {
    await mkdir(this.place.directory, { recursive: true, mode: 0o700 }).catch((cause) => {
      throw uploadStagingFull('The gateway has no directory to keep the parts of an upload in.', { cause });
    });
  }

  /** The uid is the cluster's, never the client's; anything else than a uid is a fault of ours. */
  #path(diskUid: string): string {
    if (!/^[0-9a-f-]{36}$/.test(diskUid)) throw new Error(`Not the uid of a disk: ${diskUid}`);
    return join(this.place.directory, `${diskUid}.part`);
  }
}

async function writeWhole(file: FileHandle, chunks: Buffer[], position: number): Promise<number> {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  let { bytesWritten: written } = await file.writev(chunks, position);
  if (written === length) return length;
  // A disk that is nearly full takes a piece.
  const rest = Buffer.concat(chunks);
  while (written < length) {
    const { bytesWritten } = await file.write(rest, written, length - written, position + written);
    written += bytesWritten;
  }
  return length;
}

function full(error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    throw uploadStagingFull('There is no room left for this part. What has come is kept for a while.', {
      cause: error,
    });
  }
  throw error;
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
