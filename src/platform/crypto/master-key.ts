import { hkdfSync } from 'node:crypto';

/** The one secret of an installation. Each use gets its own key by HKDF-SHA-256 (RFC 5869), so none can stand in for another. */
export class MasterKey {
  readonly #secret: Buffer;

  /** `secret`: at least 32 bytes of entropy, as text; the same in every process of the installation. */
  constructor(secret: string) {
    if (secret.length < 32) throw new Error('The master secret must have at least 32 characters.');
    this.#secret = Buffer.from(secret, 'utf8');
  }

  /** 32 bytes for one purpose; the same purpose always gives the same key. */
  derive(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#secret, 'virtgate', purpose, 32));
  }
}
