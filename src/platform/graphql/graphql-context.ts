import type { FastifyReply } from 'fastify';
import type { Principal } from '../../kernel/principal.js';

/** What resolvers and the guard find as GraphQL context, over HTTP, websocket and SSE alike. */
export interface GraphqlContext {
  principal: Principal;
  requestId: string;
  /** For headers of the answer; null where one connection carries many operations. */
  reply: FastifyReply | null;
}
