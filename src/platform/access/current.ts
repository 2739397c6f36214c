import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Principal, ProjectRef } from '../../kernel/principal.js';
import type { TenantRef } from './access-port.js';
import { type Grant, grantOf } from './grant.js';

function current<K extends keyof Grant>(what: K, context: ExecutionContext): NonNullable<Grant[K]> {
  const found = grantOf(context)?.[what];
  if (found) return found as NonNullable<Grant[K]>;
  const handler = `${context.getClass().name}.${context.getHandler().name}`;
  throw new Error(`${handler} asks for the current ${what}, but its requirement does not provide one.`);
}

/** Who is asking. Works over REST, GraphQL and subscriptions; not on `@Public()` routes. */
export const CurrentPrincipal = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Principal => current('principal', context),
);

/** The project that `@Requires(permission)` was checked on. */
export const CurrentProject = createParamDecorator(
  (_data: unknown, context: ExecutionContext): ProjectRef => current('project', context),
);

/** The tenant that `@Requires(permission, 'tenant')` was checked on. */
export const CurrentTenant = createParamDecorator(
  (_data: unknown, context: ExecutionContext): TenantRef => current('tenant', context),
);
