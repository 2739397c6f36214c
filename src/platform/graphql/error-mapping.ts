import { Logger } from '@nestjs/common';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { Failure } from '../../kernel/failure.js';
import { internal, requestInvalid } from '../../kernel/failures.js';
import { toFailure } from '../http/http-failures.js';
import { parseFailed, requestNotGraphql, tooComplex, validationFailed } from './graphql-failures.js';

/** What graphql-js and graphql-jit have in common; each brings its own class. */
interface ExecutionError {
  message: string;
  locations?: readonly { line: number; column: number }[];
  path?: readonly (string | number)[];
  originalError?: unknown;
  extensions?: Record<string, unknown>;
}

/** Apollo's own codes, for errors that are about the request and quote nothing but the request. */
const APOLLO: Record<string, string> = {
  GRAPHQL_PARSE_FAILED: parseFailed.definition.code,
  GRAPHQL_VALIDATION_FAILED: validationFailed.definition.code,
  BAD_USER_INPUT: requestInvalid.definition.code,
  BAD_REQUEST: requestNotGraphql.definition.code,
  OPERATION_RESOLUTION_FAILURE: requestNotGraphql.definition.code,
  PERSISTED_QUERY_NOT_SUPPORTED: requestNotGraphql.definition.code,
};

const OWN: ReadonlySet<unknown> = new Set([
  parseFailed.definition.code,
  validationFailed.definition.code,
  tooComplex.definition.code,
  requestNotGraphql.definition.code,
  requestInvalid.definition.code,
]);

const logger = new Logger('GraphQL');

/**
 * The one mapper of GraphQL errors, on every path (Apollo, compiled, websocket, SSE): a Failure says what it
 * says; what GraphQL itself refuses keeps its sentence; everything else is `internal` and is logged.
 */
export function toGraphqlError(
  error: ExecutionError,
  requestId: string,
  apolloCode?: unknown,
): GraphQLFormattedError {
  const cause = causeOf(error);
  const code = cause === undefined ? requestCode(error, apolloCode) : undefined;
  if (code !== undefined) {
    return { message: error.message, ...place(error), extensions: { code, requestId } };
  }
  const failure = cause === undefined ? internal(undefined, { cause: error.message }) : toFailure(cause);
  if (failure.kind === 'internal') logger.error(failure.cause ?? failure, { path: error.path?.join('.') });
  return { message: failure.message, ...place(error), extensions: failureExtensions(failure, requestId) };
}

/** The same facts as a problem+json has, but for the HTTP status. */
export function failureExtensions(failure: Failure, requestId: string): Record<string, unknown> {
  return {
    code: failure.code,
    requestId,
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    ...(failure.errors === undefined ? {} : { errors: failure.errors }),
    ...(failure.details === undefined ? {} : { details: failure.details }),
    ...(failure.retryAfter === undefined ? {} : { retryAfter: failure.retryAfter }),
  };
}

/** What a resolver threw, under any number of GraphQL wrappings. */
function causeOf(error: ExecutionError): unknown {
  if (error instanceof Failure) return error;
  let cause: unknown = error.originalError;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  // A scalar that refuses a value throws a GraphQLError of its own, which is about the request.
  return cause instanceof GraphQLError ? undefined : (cause ?? undefined);
}

function requestCode(error: ExecutionError, apolloCode: unknown): unknown {
  const own = error.extensions?.refusal ?? error.extensions?.code;
  if (OWN.has(own)) return own;
  const code = apolloCode ?? own;
  return typeof code === 'string' ? APOLLO[code] : undefined;
}

function place(error: ExecutionError): Pick<GraphQLFormattedError, 'locations' | 'path'> {
  return {
    ...(error.locations?.length ? { locations: error.locations } : {}),
    ...(error.path ? { path: error.path } : {}),
  };
}
