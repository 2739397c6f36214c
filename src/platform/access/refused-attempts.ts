import { type ExecutionContext, Inject, Injectable, Optional } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { GraphQLResolveInfo } from 'graphql';
import { Failure } from '../../kernel/failure.js';
import type { Principal } from '../../kernel/principal.js';
import { Refusals } from '../audit/refusals.js';
import { AccessPort } from './access-port.js';
import type { Requirement } from './requires.js';

/** Where a refusal was, as far as it is known. */
export interface Attempt {
  principal: Principal;
  requirement: Requirement | undefined;
  /** The project or tenant that the call named. */
  subject: string | null;
}

/** Has the audit keep what was refused for a missing right (403); what is answered as not there is no attempt on it. */
@Injectable()
export class RefusedAttempts {
  constructor(
    private readonly access: AccessPort,
    // An application without a database has no audit.
    @Optional() @Inject(Refusals) private readonly refusals: Refusals | null,
  ) {}

  async note(error: unknown, context: ExecutionContext, attempt: Attempt): Promise<void> {
    if (!this.refusals || !(error instanceof Failure) || error.kind !== 'forbidden') return;
    const { principal, requirement, subject } = attempt;
    const asked = requirement?.kind === 'permission' ? requirement : null;
    const on = asked?.on === 'project' || asked?.on === 'tenant' ? asked.on : null;
    const place = on && subject !== null ? this.access.placeOf(on, subject) : null;
    await this.refusals.record({
      actor: principal,
      action: asked?.permission ?? 'request',
      target: on && subject !== null ? { type: on, name: subject } : { type: 'platform', name: '' },
      project: place?.project ? { ...place.project, tenantId: place.tenantId } : null,
      tenantId: place?.tenantId ?? null,
      details: { door: doorOf(context), code: error.code, ...lackingOf(error) },
    });
  }
}

function doorOf(context: ExecutionContext): string {
  if (context.getType<string>() === 'graphql') {
    const { parentType, fieldName } = context.getArgByIndex<GraphQLResolveInfo>(3);
    return `${parentType.name}.${fieldName}`;
  }
  const { method, routeOptions } = context.switchToHttp().getRequest<FastifyRequest>();
  return `${method} ${routeOptions.url ?? ''}`;
}

function lackingOf({ details }: Failure): Record<string, unknown> {
  const { permission, missing } = details ?? {};
  return {
    ...(permission === undefined ? {} : { permission }),
    ...(missing === undefined ? {} : { missing }),
  };
}
