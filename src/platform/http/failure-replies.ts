import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Failure } from '../../kernel/failure.js';
import { PROBLEM_JSON, statusOf, toProblem } from './http-failures.js';

/** The headers that belong to a failure over HTTP, REST and GraphQL alike. */
export function failureHeaders(failure: Failure, authorization: string | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  if (failure.kind === 'unauthenticated') {
    // RFC 6750 §3: no error code where no credential was shown.
    headers['www-authenticate'] =
      authorization === undefined
        ? 'Bearer realm="virtgate"'
        : 'Bearer realm="virtgate", error="invalid_token"';
  }
  const retryAfter = failure.retryAfter ?? (failure.kind === 'unavailable' ? 2 : undefined);
  if (retryAfter !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfter)));
  else if (failure.kind === 'rate_limited') headers['retry-after'] = '1';
  return headers;
}

/** Bytes that are read and forgotten so that their sender gets to read the answer. */
const PATIENCE_BYTES = 64 * 1024 * 1024;

export function sendFailure(request: FastifyRequest, reply: FastifyReply, failure: Failure): void {
  if (failure.kind === 'too_large') hearOut(request, reply);
  reply
    .code(statusOf(failure))
    .headers(failureHeaders(failure, request.headers.authorization))
    .type(PROBLEM_JSON)
    // As bytes: to text Fastify would add a charset, which JSON types do not have.
    .send(Buffer.from(JSON.stringify(toProblem(failure, request.id))));
}

/** A client that still sends reads nothing, and a connection closed on it is reset: the refusal would never arrive. */
function hearOut({ raw }: FastifyRequest, reply: FastifyReply): void {
  reply.removeHeader('connection');
  let heard = 0;
  raw.on('data', (chunk: Buffer) => {
    heard += chunk.length;
    if (heard > PATIENCE_BYTES) raw.destroy();
  });
}
