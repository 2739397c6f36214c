import { Failure } from '../../kernel/failure.js';
import { requestInvalid, timedOut, unavailable } from '../../kernel/failures.js';

/** SQLSTATEs under which the same request may succeed in a moment. @see PostgreSQL, appendix A */
const PASSING_STATES = new Set([
  '53300', // too_many_connections
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P05', // idle_session_timeout
  '25P03', // idle_in_transaction_session_timeout
]);
const STATEMENT_TIMEOUT = '57014';
/** Text with U+0000, which Postgres cannot hold, in a column or inside of JSON. */
const TEXT_REFUSED = new Set(['22021', '22P05']);
const SOCKET_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);
/** What node-postgres says without a code. */
const DRIVER_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|timeout expired|not queryable|Query read timeout|Client was closed|Connection ended/i;

/** True when the connection to Postgres, not the statement, is at fault. */
export function isConnectionError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || error instanceof Failure) return false;
  // Read by shape: an error may come from another realm, or hold one error for each address that was tried.
  const { code, message, errors } = error as { code?: unknown; message?: unknown; errors?: unknown };
  if (typeof code === 'string') {
    return code.startsWith('08') || PASSING_STATES.has(code) || SOCKET_ERRORS.has(code);
  }
  if (Array.isArray(errors)) return errors.some(isConnectionError);
  return typeof message === 'string' && DRIVER_MESSAGES.test(message);
}

/** The error as callers shall see it: service.unavailable, service.timeout, request.invalid, or unchanged. */
export function translateDatabaseError(error: unknown): unknown {
  if (isConnectionError(error)) {
    return unavailable('The database cannot be reached at the moment.', { retryAfter: 2, cause: error });
  }
  if ((error as { code?: unknown } | null)?.code === STATEMENT_TIMEOUT) {
    return timedOut('The database took too long to answer.', { retryAfter: 5, cause: error });
  }
  if (TEXT_REFUSED.has(String((error as { code?: unknown } | null)?.code))) {
    return requestInvalid('Text must not hold the character U+0000.', { cause: error });
  }
  return error;
}

/** Serialization failure or deadlock: the transaction may be tried again as a whole. */
export function isTransactionConflict(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === '40001' || code === '40P01';
}
