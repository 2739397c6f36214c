import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  subscribe,
} from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/fastify';
import type { AccessPort } from '../access/access-port.js';
import type { Authenticator } from '../access/authenticator.js';
import { sendFailure } from '../http/failure-replies.js';
import { toFailure } from '../http/http-failures.js';
import type { RateLimits } from '../rate-limits/rate-limits.js';
import type { GraphqlContext } from './graphql-context.js';
import { requestNotGraphql } from './graphql-failures.js';
import { formatResult, type LiveOperations, type OperationRequest, pointsIn } from './live-operations.js';
import { Session } from './session.js';

const needsPost = new GraphQLError('Mutations need POST.', {
  extensions: { code: requestNotGraphql.definition.code },
});

const contexts = new WeakMap<FastifyRequest, GraphqlContext>();

/** GraphQL as server-sent events (protocol graphql-sse, distinct connections): one operation a request. */
export function openEventStreamDoor(
  fastify: FastifyInstance,
  path: string,
  parts: {
    schema: GraphQLSchema;
    operations: LiveOperations;
    authenticator: Authenticator;
    access: AccessPort;
    limits: RateLimits;
  },
): void {
  const { operations, authenticator, access, limits } = parts;
  const handler = createHandler<undefined>({
    authenticate: () => null,
    // Validated in onSubscribe, with the limits.
    validate: () => [],
    onSubscribe: async ({ raw }, params) => {
      const context = contexts.get(raw) as GraphqlContext;
      const prepared = operations.prepare(params as OperationRequest, context);
      // A refusal is told as the stream's only event: EventSource shows no body of an error status.
      if (Array.isArray(prepared)) return { data: null, errors: prepared } as ExecutionResult;
      const operation = getOperationAST(prepared.document, prepared.operationName)?.operation;
      if (raw.method === 'GET' && operation === 'mutation')
        return { data: null, errors: [needsPost] } as ExecutionResult;
      // One was counted before it was read.
      const more = pointsIn(prepared) - 1;
      if (more > 0) await limits.charge(context.principal, more, null);
      return prepared as never;
    },
    execute: (args) => execute(args as never),
    subscribe: (args) => subscribe(args as never),
    onNext: (_context, { raw }, result) =>
      formatResult(result as ExecutionResult, (contexts.get(raw) as GraphqlContext).requestId) as never,
  });

  const serve = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (!request.headers.accept?.includes('text/event-stream')) {
      sendFailure(
        request,
        reply,
        requestNotGraphql('This address answers "Accept: text/event-stream" only.'),
      );
      return reply;
    }
    request.headers.accept = 'text/event-stream';
    try {
      const principal = await authenticator.authenticate(request.headers.authorization);
      await limits.charge(principal, 1, reply);
      contexts.set(request, { principal, requestId: request.id, reply: null });
      const session = new Session(principal, access, () => request.raw.destroy());
      reply.raw.once('close', () => session.close());
      await handler(request, reply);
    } catch (error) {
      if (reply.raw.headersSent) request.raw.destroy();
      else sendFailure(request, reply, toFailure(error));
    }
    return reply;
  };
  fastify.route({ method: ['GET', 'POST'], url: path, exposeHeadRoute: false, handler: serve });
}
