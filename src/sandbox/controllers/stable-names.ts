import { createHash } from 'node:crypto';

/** The letters of Kubernetes' generated names: no vowels, nothing that looks alike. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

function digest(...parts: string[]): Buffer {
  return createHash('sha256').update(parts.join('\0')).digest();
}

/** A suffix like the API server's for generateName, but the same each time for the same seed. */
export function stableSuffix(seed: string, length = 5): string {
  return [...digest('suffix', seed).subarray(0, length)]
    .map((byte) => ALPHABET[byte % ALPHABET.length])
    .join('');
}

/** A locally administered unicast MAC address that belongs to one interface of one machine. */
export function stableMac(machineUid: string, interfaceName: string): string {
  const tail = [...digest('mac', machineUid, interfaceName).subarray(0, 5)];
  return ['02', ...tail.map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}

/** A UUID (RFC 9562 version 8) made of a seed. */
export function stableUuid(seed: string): string {
  const bytes = digest('uuid', seed).subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export function stableNumber(seed: string, below: number): number {
  return digest('number', seed).readUInt32BE(0) % below;
}
