import { uploadDigestInvalid } from './disk-failures.js';

export interface Checksum {
  algorithm: 'sha256' | 'sha512';
  value: Buffer;
}

const LENGTHS = { sha256: 32, sha512: 64 } as const;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * What a body must hash to: `Content-Digest` (RFC 9530), or the older `Digest` (RFC 3230); null where nothing was
 * said. Throws upload.digest_invalid: a checksum that nobody checks is worse than none.
 */
export const bodyChecksum = (headers: Headers): Checksum | null =>
  parsed(headers['content-digest'] ?? headers.digest);

/**
 * What the whole content must hash to, though only a part of it is in the body: `?sha256=` in hex, or `Repr-Digest`
 * (RFC 9530); null where nothing was said. Throws upload.digest_invalid.
 */
export function contentChecksum(headers: Headers, sha256: string | undefined): Checksum | null {
  if (sha256 === undefined) return parsed(headers['repr-digest']);
  if (!/^[0-9a-f]{64}$/i.test(sha256)) throw uploadDigestInvalid('sha256 has 64 hexadecimal digits.');
  return { algorithm: 'sha256', value: Buffer.from(sha256, 'hex') };
}

function parsed(header: string | string[] | undefined): Checksum | null {
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

/** `sha256:<hex>`, as it is kept. */
export const formatChecksum = ({ algorithm, value }: Checksum): string =>
  `${algorithm}:${value.toString('hex')}`;

/** The way back. */
export function parseChecksum(text: string | null): Checksum | null {
  const [, algorithm, hex] = /^(sha256|sha512):([0-9a-f]+)$/.exec(text ?? '') ?? [];
  if (!algorithm || !hex) return null;
  return { algorithm: algorithm as Checksum['algorithm'], value: Buffer.from(hex, 'hex') };
}
