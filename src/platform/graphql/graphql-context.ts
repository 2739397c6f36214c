import type { FastifyReply } from 'fastify';
import type { Principal } from '../../kernel/principal.js';

/** What resolvers and the guard find as GraphQL context, over HTTP, websocket and SSE alike. */
export interface GraphqlContext {
  principal: Principal;
  requestId: string;
  /** Where a long connection comes from; a request has it in its own context. */
  sourceAddress?: string | null;
  /** What the document counts as (see platform/rate-limits); set once its cost is known. */
  points?: number;
  /** For headers of the answer; null where one connection carries many operations. */
  reply: FastifyReply | null;
}
