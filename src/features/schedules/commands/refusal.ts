import { Failure, type FailureKind } from '../../../kernel/failure.js';

const LASTING: ReadonlySet<FailureKind> = new Set([
  'invalid',
  'forbidden',
  'not_found',
  'conflict',
  'precondition_failed',
  'unprocessable',
  'unsupported',
]);

/** An answer to what was asked; everything else is an accident, after which it is asked again. */
export const isRefusal = (error: unknown): error is Failure =>
  error instanceof Failure && LASTING.has(error.kind);
