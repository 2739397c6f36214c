import { hash, randomBytes } from 'node:crypto';

const FORMAT = /^vgt_[A-Za-z0-9_-]{43}$/;

/** A new secret of 256 random bits. The prefix lets secret scanners find a leaked one. */
export function newTokenSecret(): string {
  return `vgt_${randomBytes(32).toString('base64url')}`;
}

/** Of a token that somebody else has made; it is never kept itself. */
export const foreignTokenHash = (token: string): Buffer => hash('sha256', token, 'buffer');

/** What is kept and looked up; null where the text cannot be one of our tokens, so that nothing is asked for it. */
export function tokenHash(secret: string): Buffer | null {
  return FORMAT.test(secret) ? hash('sha256', secret, 'buffer') : null;
}
