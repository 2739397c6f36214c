import { createHash } from 'node:crypto';
import { ImportError } from '../disk-images.js';

const lengths: Record<string, number> = { md5: 32, sha1: 40, sha256: 64, sha512: 128 };

/** Whether CDI would take the text: `algorithm:hex`. */
export function isChecksum(text: string): boolean {
  const [algorithm = '', hash = ''] = text.split(':');
  return lengths[algorithm.toLowerCase()] === hash.length && /^[0-9a-f]+$/i.test(hash);
}

/** The same bytes; after the last one the checksum is compared. Throws ImportError `corrupt`. */
export async function* checked(source: AsyncIterable<Buffer>, checksum: string): AsyncGenerator<Buffer> {
  if (!isChecksum(checksum)) {
    throw new ImportError('corrupt', `Not a checksum: ${checksum.slice(0, 200)}`, false);
  }
  const [algorithm = '', expected = ''] = checksum.toLowerCase().split(':');
  const hash = createHash(algorithm);
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
  const found = hash.digest('hex');
  if (found !== expected) {
    throw new ImportError(
      'corrupt',
      `checksum mismatch: expected ${algorithm}:${expected}, got ${algorithm}:${found}`,
      false,
    );
  }
}

/**
 * Bytes that are read to their end whoever loses interest before: a decompressor stops at the end of its own
 * data, and what comes after that still counts for a checksum.
 */
export class WholeBytes implements AsyncIterable<Buffer> {
  readonly #source: AsyncIterator<Buffer>;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Leaving the loop does not close the source. */
  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return { next: () => this.#source.next() };
  }

  /** Reads what is left; throws what the source throws at its end. */
  async drain(): Promise<void> {
    while (!(await this.#source.next()).done);
  }
}
