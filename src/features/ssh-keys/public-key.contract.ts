import { createHash } from 'node:crypto';

const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 16_384;

type Fields = readonly Buffer[];

/** Of each type, what follows the type in the blob: how many fields, and whether they are what they must be. */
const TYPES: Readonly<Record<string, { fields: number; whole: (fields: Fields) => boolean }>> = {
  // RFC 8709 §4.
  'ssh-ed25519': { fields: 1, whole: ([key]) => key?.length === 32 },
  // RFC 4253 §6.6: exponent and modulus.
  'ssh-rsa': { fields: 2, whole: ([exponent, modulus]) => bitsOf(exponent) > 1 && bitsOf(modulus) > 1 },
  // RFC 5656 §3.1: the curve, and an uncompressed point of it.
  'ecdsa-sha2-nistp256': curve('nistp256', 32),
  'ecdsa-sha2-nistp384': curve('nistp384', 48),
  'ecdsa-sha2-nistp521': curve('nistp521', 66),
  // OpenSSH's PROTOCOL.u2f: the application comes last.
  'sk-ssh-ed25519@openssh.com': { fields: 2, whole: ([key]) => key?.length === 32 },
  'sk-ecdsa-sha2-nistp256@openssh.com': { ...curve('nistp256', 32), fields: 3 },
};
const LINE = /^([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})(?: ([^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{0,1024}))?$/u;
const DAMAGED = 'The key is damaged or cut off.';

/**
 * Why a line is no public key in OpenSSH's one-line format (RFC 4253 §6.6), without options; null when it is one.
 * The type is written twice, in words and within the base64 blob: both must agree. Never repeats what was given.
 */
export function sshKeyProblem(line: string): string | null {
  if (/PRIVATE KEY|PuTTY-User-Key-File/i.test(line)) {
    return 'This is a private key. Give the public one, the line in the file that ends in ".pub"; and make a new pair, for this one has left its place.';
  }
  if (/BEGIN [A-Z0-9 ]*PUBLIC KEY/.test(line)) {
    return 'Give the key in OpenSSH\'s format, one line: "ssh-keygen -i -f FILE" makes it of others.';
  }
  const match = LINE.exec(line.trim());
  const [, type = '', blob = ''] = match ?? [];
  const known = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (!match || !known) {
    return 'A key looks like "ssh-ed25519 AAAA... comment"; ssh-ed25519, ssh-rsa, ecdsa-sha2-* and sk-* are known.';
  }
  const bytes = Buffer.from(blob, 'base64');
  // Decoders forgive what does not belong there.
  if (bytes.toString('base64') !== blob) return DAMAGED;
  const [written, ...fields] = readFields(bytes) ?? [];
  if (written?.toString('latin1') !== type) return DAMAGED;
  if (fields.length !== known.fields || !known.whole(fields)) return DAMAGED;
  return type === 'ssh-rsa' ? rsaProblem(fields[1]) : null;
}

function curve(name: string, bytes: number) {
  const whole = ([called, point]: Fields) =>
    called?.toString('latin1') === name && point?.length === 1 + 2 * bytes && point[0] === 4;
  return { fields: 2, whole };
}

function rsaProblem(modulus: Buffer | undefined): string | null {
  const bits = bitsOf(modulus);
  if (bits > MAX_RSA_BITS) return `An RSA key has at most ${MAX_RSA_BITS} bits.`;
  return bits < MIN_RSA_BITS ? `An RSA key needs at least ${MIN_RSA_BITS} bits.` : null;
}

function bitsOf(number: Buffer | undefined): number {
  return BigInt(`0x0${number?.toString('hex') ?? ''}`).toString(2).length;
}

/** SSH strings: a length of four bytes, then as many bytes; null where they do not add up. */
function readFields(bytes: Buffer): Buffer[] | null {
  const fields: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return null;
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return null;
    fields.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/** A public key, taken apart. */
export interface PublicKey {
  key: string;
  type: string;
  comment: string | null;
  /** As `ssh-keygen -l` shows it. */
  fingerprint: string;
}

export function describeKey(key: string): PublicKey {
  const [type = '', blob = '', ...comment] = key.split(' ');
  const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64');
  return {
    key,
    type,
    comment: comment.join(' ') || null,
    fingerprint: `SHA256:${digest.replace(/=+$/, '')}`,
  };
}
