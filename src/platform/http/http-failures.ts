import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { Failure, type FailureKind } from '../../kernel/failure.js';
import {
  forbidden,
  internal,
  methodNotAllowed,
  preconditionFailed,
  requestInvalid,
  requestMalformed,
  requestTooLarge,
  routeNotFound,
  timedOut,
  unauthenticated,
  unavailable,
  unsupportedMediaType,
} from '../../kernel/failures.js';

const STATUS: Record<FailureKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  precondition_failed: 412,
  too_large: 413,
  unsupported_media_type: 415,
  unprocessable: 422,
  rate_limited: 429,
  unsupported: 501,
  timeout: 504,
  unavailable: 503,
  internal: 500,
};

export const statusOf = (failure: Pick<Failure, 'kind'>): number => STATUS[failure.kind];

/** What Fastify's router throws before a handler is found. */
const FASTIFY: Record<string, () => Failure> = {
  FST_ERR_BAD_URL: () => requestMalformed('The path is not a valid URL path.'),
  FST_ERR_MAX_PARAM_LENGTH: () => routeNotFound(),
};

/** Nest makes HttpExceptions of Fastify's other errors; their sentences are for programmers, so ours replace them. */
const HTTP: Record<number, (message: string) => Failure> = {
  400: (message) => requestInvalid(message),
  401: () => unauthenticated(),
  403: () => forbidden(),
  404: () => routeNotFound(),
  405: () => methodNotAllowed(),
  408: () => timedOut(),
  412: () => preconditionFailed(),
  413: () => requestTooLarge('The body is larger than this server takes.'),
  414: () => routeNotFound('The address is too long.'),
  415: () =>
    unsupportedMediaType('The body must be JSON.', { hint: 'Send "Content-Type: application/json".' }),
  503: () => unavailable(),
};

/**
 * Any thrown value as a Failure. Only what we or the HTTP layer meant for the client keeps its words;
 * everything else becomes `internal`, with the original as `cause` for the log and for nobody else.
 */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof HttpException) {
    const known = HTTP[error.getStatus()];
    return known ? known(error.message) : internal(undefined, { cause: error });
  }
  const { code } = (error ?? {}) as { code?: unknown };
  const known = typeof code === 'string' ? FASTIFY[code] : undefined;
  if (known) return known();
  return internal(undefined, { cause: error });
}

/** RFC 9457 problem details, as every REST error is answered. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  hint?: string;
  requestId: string;
  errors?: readonly { pointer: string; code: string; message: string }[];
  details?: Record<string, unknown>;
}

export const PROBLEM_JSON = 'application/problem+json';

export function toProblem(failure: Failure, requestId: string): Problem {
  const status = statusOf(failure);
  return {
    // A relative reference: this server's own page about the code.
    type: `/errors#${failure.code}`,
    title: failure.definition.title || (STATUS_CODES[status] ?? 'Error'),
    status,
    code: failure.code,
    detail: failure.message,
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    requestId,
    ...(failure.errors === undefined ? {} : { errors: failure.errors }),
    ...(failure.details === undefined ? {} : { details: failure.details }),
  };
}
