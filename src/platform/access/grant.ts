import type { ExecutionContext } from '@nestjs/common';
import type { Principal, ProjectRef } from '../../kernel/principal.js';
import type { TenantRef } from './access-port.js';

/** What the guard found out for one call of a handler. */
export interface Grant {
  /** Null on a public route only. */
  principal: Principal | null;
  project: ProjectRef | null;
  tenant: TenantRef | null;
}

/**
 * Keyed by what is new for each call: the request over REST, the resolve info in GraphQL, where one
 * document may ask about two projects at once and the context is shared by both.
 */
const grants = new WeakMap<object, Grant>();

const keyOf = (context: ExecutionContext): object =>
  context.getType<string>() === 'graphql' ? context.getArgByIndex(3) : context.switchToHttp().getRequest();

export function setGrant(context: ExecutionContext, grant: Grant): void {
  grants.set(keyOf(context), grant);
}

export function grantOf(context: ExecutionContext): Grant | undefined {
  return grants.get(keyOf(context));
}
