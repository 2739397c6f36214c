import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import xz from 'xz-decompress';
import { ImportError } from '../disk-images.js';
import {
  type Compression,
  corrupt,
  headerBytes,
  type ImageFormat,
  isCompression,
  sniffFormat,
} from './image-format.js';

/** An image inside at most this many wrappings; more is a trick. */
const maxWrappings = 2;

export interface ImageBytes {
  format: Exclude<ImageFormat, Compression>;
  /** The first bytes, for judgement; they come again in `bytes`. */
  header: Buffer;
  bytes: AsyncIterable<Buffer>;
  compressed: boolean;
}

/** Looks at the first bytes and unwraps compression until the disk's own bytes are there. */
export async function unwrapImage(source: AsyncIterable<Buffer>): Promise<ImageBytes> {
  let bytes = source;
  for (let wrappings = 0; ; wrappings += 1) {
    const peeked = await peek(bytes);
    const format = sniffFormat(peeked.header);
    if (!isCompression(format)) {
      return { ...peeked, format, compressed: wrappings > 0 };
    }
    if (wrappings === maxWrappings) {
      throw new ImportError(
        'not-an-image',
        `The image is compressed more than ${maxWrappings} times over`,
        false,
      );
    }
    bytes = decompress(format, peeked.bytes);
  }
}

async function peek(
  source: AsyncIterable<Buffer>,
): Promise<{ header: Buffer; bytes: AsyncIterable<Buffer> }> {
  const iterator = source[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let length = 0;
  while (length < headerBytes) {
    const { done, value } = await iterator.next();
    if (done) {
      break;
    }
    first.push(value);
    length += value.length;
  }
  async function* bytes(): AsyncGenerator<Buffer> {
    try {
      yield* first.splice(0);
      for (;;) {
        const { done, value } = await iterator.next();
        if (done) {
          return;
        }
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { header: Buffer.concat(first).subarray(0, headerBytes), bytes: bytes() };
}

/** Errors of the source go through as they are; errors of the decompressor mean a damaged image. */
async function* decompress(format: Compression, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let sourceError: unknown;
  async function* watched(): AsyncGenerator<Buffer> {
    try {
      yield* source;
    } catch (error) {
      sourceError = error;
      throw error;
    }
  }
  const compressed = Readable.from(watched(), { objectMode: false });
  try {
    yield* format === 'xz' ? xzBytes(compressed) : zlibBytes(format, compressed);
  } catch (error) {
    if (sourceError !== undefined) {
      throw sourceError;
    }
    throw corrupt(`The ${format} data is damaged or cut off: ${(error as Error).message}`);
  } finally {
    compressed.destroy();
  }
}

async function* zlibBytes(format: 'gz' | 'zstd', compressed: Readable): AsyncGenerator<Buffer> {
  const expanded = format === 'gz' ? createGunzip({ chunkSize: 256 * 1024 }) : createZstdDecompress();
  compressed.on('error', (error) => expanded.destroy(error));
  compressed.pipe(expanded);
  try {
    yield* expanded as AsyncIterable<Buffer>;
  } finally {
    expanded.destroy();
  }
}

/** The decompressor works on this thread; a stretch of zeros would keep it there for seconds. */
const longestTurnMs = 10;

async function* xzBytes(compressed: Readable): AsyncGenerator<Buffer> {
  const source = Readable.toWeb(compressed) as ReadableStream<Uint8Array>;
  const expanded = new xz.XzReadableStream(source) as unknown as AsyncIterable<Uint8Array>;
  let turnBegan = performance.now();
  for await (const chunk of expanded) {
    if (performance.now() - turnBegan > longestTurnMs) {
      await new Promise((resolve) => setImmediate(resolve));
      turnBegan = performance.now();
    }
    yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
}
