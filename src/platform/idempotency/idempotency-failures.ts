import { defineFailure } from '../../kernel/failure.js';

export const keyInvalid = defineFailure(
  'idempotency.key_invalid',
  'invalid',
  'The idempotency key is not valid',
  'A key has 1 to 255 visible ASCII characters; a UUID is a good one.',
);
export const idempotencyMismatch = defineFailure(
  'idempotency.mismatch',
  'unprocessable',
  'The idempotency key was used for another request',
  'Use a new key for a new request.',
);
export const idempotencyInProgress = defineFailure(
  'idempotency.in_progress',
  'conflict',
  'The first request with this idempotency key is still running',
  'Repeat the request in a moment to get its answer.',
);
