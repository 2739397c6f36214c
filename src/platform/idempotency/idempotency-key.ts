import { createHash } from 'node:crypto';
import { keyInvalid } from './idempotency-failures.js';

const KEY = /^[\x21-\x7e]{1,255}$/;
const QUOTED = /^"(.*)"$/s;

/** A key as it was meant: quoted (an RFC 8941 string, as the IETF draft has it) or bare. Throws idempotency.key_invalid. */
export function readKey(value: unknown): string {
  const text = typeof value === 'string' ? value.trim() : '';
  const quoted = QUOTED.exec(text)?.[1];
  const key = quoted === undefined ? text : quoted.replaceAll(/\\(["\\])/g, '$1');
  if (!KEY.test(key)) throw keyInvalid();
  return key;
}

/** SHA-256 of any JSON value, the same whatever the order of its fields. */
export function digest(value: unknown): Buffer {
  return createHash('sha256').update(canonical(value)).digest();
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
  return `{${fields.join(',')}}`;
}
