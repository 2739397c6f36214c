import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { cursorInvalid } from '../../kernel/failures.js';

export type CursorKey = readonly (string | number)[];

/** What a cursor is bound to: it is of no use with another order or filter. */
export interface CursorScope {
  order: string;
  filter: unknown;
}

const MAC_BYTES = 16;

/** Signed keyset cursors: base64url of a truncated HMAC-SHA-256 followed by the key as JSON. */
export class CursorCodec {
  readonly #key: KeyObject;

  constructor(secret: Buffer) {
    this.#key = createSecretKey(secret);
  }

  encode(key: CursorKey, scope: CursorScope): string {
    return this.encoder(scopeText(scope))(key);
  }

  /** For many cursors of one list: `prefix` is its scope, written out once by `scopeText`. */
  encoder(prefix: string): (key: CursorKey) => string {
    return (key) => {
      const payload = Buffer.from(JSON.stringify(key), 'utf8');
      return Buffer.concat([this.#mac(prefix, payload), payload]).toString('base64url');
    };
  }

  /** Throws request.cursor_invalid for anything that this list did not give out. */
  decode(cursor: string, scope: CursorScope): (string | number)[] {
    const bytes = Buffer.from(cursor, 'base64url');
    const payload = bytes.subarray(MAC_BYTES);
    if (payload.length === 0 || bytes.toString('base64url') !== cursor) throw cursorInvalid();
    const mac = this.#mac(scopeText(scope), payload);
    if (!timingSafeEqual(mac, bytes.subarray(0, MAC_BYTES))) throw cursorInvalid();
    return JSON.parse(payload.toString('utf8'));
  }

  #mac(prefix: string, payload: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(prefix).update(payload).digest().subarray(0, MAC_BYTES);
  }
}

export function scopeText({ order, filter }: CursorScope): string {
  return `${JSON.stringify([order, sorted(filter)])}\n`;
}

/** Equal filters are equal text, in whatever order their fields were written; absent and null are the same. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined && field !== null);
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, sorted(v)]));
}
