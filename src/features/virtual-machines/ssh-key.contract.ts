import { createHash } from 'node:crypto';

const TYPES = new Set([
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
]);
const LINE = /^([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})(?: ([^\r\n\0]{0,1024}))?$/;
const MIN_RSA_BITS = 2048;

/**
 * Why a line is no public key in OpenSSH's one-line format (RFC 4253 §6.6), without options; null when it is one.
 * The type is written twice, in words and within the base64 blob: both must agree.
 */
export function sshKeyProblem(line: string): string | null {
  if (/PRIVATE KEY/.test(line)) return 'This is a private key. Give the public one.';
  const match = LINE.exec(line.trim());
  const [, type = '', blob = ''] = match ?? [];
  if (!match || !TYPES.has(type)) {
    return 'A key looks like "ssh-ed25519 AAAA... comment"; ssh-ed25519, ssh-rsa, ecdsa-sha2-* and sk-* are known.';
  }
  const fields = readFields(Buffer.from(blob, 'base64'));
  if (!fields || fields[0]?.toString('latin1') !== type) return 'The key is damaged or cut off.';
  if (type === 'ssh-ed25519' && fields[1]?.length !== 32) return 'The key is damaged or cut off.';
  if (type === 'ssh-rsa') return rsaProblem(fields[2]);
  return fields.length < 2 ? 'The key is damaged or cut off.' : null;
}

function rsaProblem(modulus: Buffer | undefined): string | null {
  if (!modulus) return 'The key is damaged or cut off.';
  const bits = BigInt(`0x0${modulus.toString('hex')}`).toString(2).length;
  return bits < MIN_RSA_BITS ? `An RSA key needs at least ${MIN_RSA_BITS} bits.` : null;
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

/** The secret with the keys that the guest agent brings into a machine. Of the machine's uid: a copy has its own. */
export const sshSecretName = (machine: string, uid: string): string =>
  `${machine}-ssh-${createHash('sha256').update(uid).digest('hex').slice(0, 10)}`;

/** Whether virtgate gave a secret this name: then it belongs to one machine, and goes with it. */
export const isSshSecretName = (name: string): boolean => /-ssh-[0-9a-f]{10}$/.test(name);
