import type { ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** A call as the limits see it. */
export interface Asked {
  /** What a document of GraphQL counts as; null over REST. */
  points: number | null;
  reply: FastifyReply | null;
  /** True the first time that a tenant is named in it: a document with many fields is one request to each tenant. */
  first(tenantId: string): boolean;
}

interface Document {
  points?: number;
  reply?: FastifyReply | null;
}

const tenantsOf = new WeakMap<object, Set<string>>();

export function askedIn(context: ExecutionContext): Asked {
  if (context.getType<string>() !== 'graphql') {
    return { points: null, reply: context.switchToHttp().getResponse<FastifyReply>(), first: () => true };
  }
  const document = context.getArgByIndex<Document>(2);
  return {
    points: document.points ?? 1,
    reply: document.reply ?? null,
    first: (tenantId) => {
      const tenants = tenantsOf.get(document) ?? new Set();
      tenantsOf.set(document, tenants);
      if (tenants.has(tenantId)) return false;
      tenants.add(tenantId);
      return true;
    },
  };
}
