import { type FileHandle, open } from 'node:fs/promises';

const blockBytes = 4096;
const zeroBlock = Buffer.alloc(blockBytes);
const zeroStretch = Buffer.alloc(1 << 20);

/** Writes a stream of bytes into a new file, leaving holes where whole blocks are zero. */
export class SparseFile {
  readonly #file: FileHandle;
  readonly #solid: boolean;
  readonly #room: number;
  #length = 0;
  #taken = 0;

  private constructor(file: FileHandle, solid: boolean, room = Number.POSITIVE_INFINITY) {
    this.#file = file;
    this.#solid = solid;
    this.#room = room;
  }

  /**
   * Replaces what was at the path. With `solid` zeros are written too, so that the space is taken. More than `room`
   * bytes of data meet ENOSPC, as on a disk that is full.
   */
  static async create(path: string, options: { solid?: boolean; room?: number } = {}): Promise<SparseFile> {
    return new SparseFile(await open(path, 'w', 0o600), options.solid ?? false, options.room);
  }

  /** Goes on at the end of a file that is there. */
  static async extend(path: string, { solid = false } = {}): Promise<SparseFile> {
    const file = new SparseFile(await open(path, 'r+'), solid);
    file.#length = (await file.#file.stat()).size;
    return file;
  }

  /** Bytes taken so far, holes included. */
  get length(): number {
    return this.#length;
  }

  async append(chunk: Buffer): Promise<void> {
    let runStart = 0;
    let at = 0;
    while (at < chunk.length) {
      // Blocks are those of the file, not of the chunk.
      const size = Math.min(blockBytes - ((this.#length + at) % blockBytes), chunk.length - at);
      const isZero = !this.#solid && zeroBlock.subarray(0, size).equals(chunk.subarray(at, at + size));
      if (isZero) {
        await this.#write(chunk, runStart, at);
        runStart = at + size;
      }
      at += size;
    }
    await this.#write(chunk, runStart, chunk.length);
    this.#length += chunk.length;
  }

  /** Gives the file its final size, has it on disk and closes it. */
  async finish(sizeBytes: bigint | number): Promise<void> {
    while (this.#solid && this.#length < Number(sizeBytes)) {
      await this.append(
        zeroStretch.subarray(0, Math.min(zeroStretch.length, Number(sizeBytes) - this.#length)),
      );
    }
    await this.#file.truncate(Number(sizeBytes));
    await this.#file.datasync();
    await this.#file.close();
  }

  async abandon(): Promise<void> {
    await this.#file.close().catch(() => undefined);
  }

  async #write(chunk: Buffer, from: number, to: number): Promise<void> {
    this.#taken += to - from;
    if (this.#taken > this.#room) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    let at = from;
    while (at < to) {
      const { bytesWritten } = await this.#file.write(chunk, at, to - at, this.#length + at);
      at += bytesWritten;
    }
  }
}
