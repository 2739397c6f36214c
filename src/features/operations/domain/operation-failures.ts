import { defineFailure } from '../../../kernel/failure.js';

export const operationNotFound = defineFailure(
  'operation.not_found',
  'not_found',
  'The operation does not exist',
  'Operations are kept for 30 days after they have settled.',
);
export const operationInProgress = defineFailure(
  'operation.in_progress',
  'conflict',
  'Another operation on the same target is in progress',
  'Wait until it has settled, or cancel it.',
);
export const operationFinished = defineFailure(
  'operation.finished',
  'conflict',
  'The operation has settled already',
);
export const operationNotCancellable = defineFailure(
  'operation.not_cancellable',
  'conflict',
  'The operation cannot be cancelled',
);
/** Kept on the operation, never thrown to a caller. */
export const operationExhausted = defineFailure(
  'operation.exhausted',
  'unavailable',
  'The cluster did not take the request, however often it was tried',
  'Repeat the action once the cluster is well again.',
);
export const operationCancelled = defineFailure(
  'operation.cancelled',
  'conflict',
  'The operation was cancelled',
);
export const operationSuperseded = defineFailure(
  'operation.superseded',
  'conflict',
  'Another operation took the place of this one',
);
