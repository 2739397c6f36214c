import { uploadDigestInvalid, uploadNotResumable } from './disk-failures.js';

export interface Checksum {
  algorithm: 'sha256' | 'sha512';
  value: Buffer;
}

const LENGTHS = { sha256: 32, sha512: 64 } as const;

/**
 * What the content must hash to: `Content-Digest` (RFC 9530), the older `Digest` (RFC 3230), or `?sha256=` in hex; null
 * where nothing was said. Throws upload.digest_invalid: a checksum that nobody checks is worse than none.
 */
export function checksumOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  sha256: string | undefined,
): Checksum | null {
  if (sha256 !== undefined) {
    if (!/^[0-9a-f]{64}$/i.test(sha256)) throw uploadDigestInvalid('sha256 has 64 hexadecimal digits.');
    return { algorithm: 'sha256', value: Buffer.from(sha256, 'hex') };
  }
  const header = headers['content-digest'] ?? headers.digest;
  if (header === undefined) return null;
  for (const part of [header].flat().join(',').split(',')) {
    const match = /^\s*(sha-256|sha-512)\s*=\s*:?([A-Za-z0-9+/]+={0,2}):?\s*$/i.exec(part);
    if (!match) continue;
    const algorithm = match[1]?.toLowerCase() === 'sha-512' ? 'sha512' : 'sha256';
    const value = Buffer.from(match[2] ?? '', 'base64');
    if (value.length === LENGTHS[algorithm]) return { algorithm, value };
  }
  throw uploadDigestInvalid('Only sha-256 and sha-512, in base64, are understood.');
}

/** CDI takes an image in one go: a range is understood where it is the whole. Throws upload.not_resumable. */
export function assertWhole(contentRange: string | undefined, length: number | null): void {
  if (contentRange === undefined) return;
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(contentRange.trim());
  const [, first, last, total] = match ?? [];
  const whole =
    first === '0' &&
    (total === '*' || Number(last) + 1 === Number(total)) &&
    (length === null || Number(last) + 1 === length);
  if (!whole) {
    throw uploadNotResumable(
      'The cluster takes an image in one go: Content-Range can only be the whole of it.',
    );
  }
}
