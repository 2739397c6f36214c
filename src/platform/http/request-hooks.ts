import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { requestInvalid } from '../../kernel/failures.js';
import { type RequestContext, runInContext } from '../context/request-context.js';

const REQUEST_ID = /^[A-Za-z0-9._:+/=@-]{1,128}$/;

/** The caller's X-Request-Id where it is at most 128 safe characters, else a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

const contexts = new WeakMap<FastifyRequest, RequestContext>();

const MUTATING: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Gives every request its RequestContext and its X-Request-Id. */
export function addContextHooks(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const context: RequestContext = {
      requestId: request.id,
      sourceAddress: request.ip,
      idempotencyId: null,
      dryRun: false,
    };
    contexts.set(request, context);
    reply.header('x-request-id', request.id);
    runInContext(context, done);
  });
  // The body arrives in events of the socket, outside of the request's async context: enter it again.
  fastify.addHook('preValidation', (request, _reply, done) => {
    const context = contexts.get(request) as RequestContext;
    const error = takeDryRun(request, context);
    runInContext(context, () => (error ? done(error) : done()));
  });
}

/** `?dryRun=true` belongs to every mutation, so it is taken here, before a route's own query is validated. */
function takeDryRun(request: FastifyRequest, context: RequestContext): Error | null {
  const query = request.query as Record<string, unknown> | null;
  if (!MUTATING.has(request.method) || query?.dryRun === undefined) return null;
  const { dryRun } = query;
  delete query.dryRun;
  if (dryRun !== 'true' && dryRun !== 'false') {
    const message = 'must be true or false';
    return requestInvalid(`dryRun ${message}.`, {
      errors: [{ pointer: '/dryRun', code: 'is_boolean', message }],
    });
  }
  context.dryRun = dryRun === 'true';
  return null;
}
