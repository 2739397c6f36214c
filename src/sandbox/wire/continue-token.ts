import { badRequest } from '../store/refusals.js';

export interface ContinueToken {
  /** Revision of the first page. */
  revision: number;
  /** `namespace/name` of the last object told. */
  after: string;
}

const VERSION = 'meta.k8s.io/v1';

export const encodeContinue = (token: ContinueToken): string =>
  Buffer.from(JSON.stringify({ v: VERSION, rv: token.revision, start: token.after })).toString('base64url');

/** @throws StatusError 400 as Kubernetes refuses a token that it did not make. */
export function decodeContinue(text: string): ContinueToken {
  const refuse = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  const decoded = Buffer.from(text, 'base64url').toString('latin1');
  let value: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    throw refuse(
      decoded === ''
        ? 'unexpected end of JSON input'
        : `invalid character '${decoded[0]}' looking for beginning of value`,
    );
  }
  if (value.v !== VERSION || typeof value.rv !== 'number' || typeof value.start !== 'string')
    throw refuse(`server does not recognize this encoded version ${JSON.stringify(value.v ?? '')}`);
  return { revision: value.rv, after: value.start };
}
