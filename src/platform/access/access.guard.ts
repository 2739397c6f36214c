import { type CanActivate, type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { GraphQLResolveInfo } from 'graphql';
import { forbidden, unauthenticated } from '../../kernel/failures.js';
import type { Principal } from '../../kernel/principal.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { AccessPort } from './access-port.js';
import { askedIn } from './asked.js';
import { Authenticator } from './authenticator.js';
import { type Grant, setGrant } from './grant.js';
import { holdsAnywhere } from './holdings.js';
import { RefusedAttempts } from './refused-attempts.js';
import { type Requirement, requirementOf } from './requirement-of.js';

type PermissionRequirement = Extract<Requirement, { kind: 'permission' }>;

/** The one guard of REST, GraphQL and subscriptions. Closed: what says nothing about itself refuses. */
@Injectable()
export class AccessGuard implements CanActivate {
  readonly #logger = new Logger(AccessGuard.name);

  constructor(
    private readonly access: AccessPort,
    private readonly authenticator: Authenticator,
    private readonly attempts: RefusedAttempts,
    private readonly limits: RateLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const requirement = requirementOf(context.getClass(), context.getHandler());
    if (!requirement) return this.#refuse(context, 'says nothing about the right that it asks');
    if (requirement.kind === 'public') {
      setGrant(context, { principal: null, project: null, tenant: null });
      return true;
    }
    const principal = await this.#principal(context);
    const asked = askedIn(context);
    // A document was counted by its cost, before it ran.
    if (asked.points === null) await this.limits.charge(principal, 1, asked.reply);
    const grant: Grant = { principal, project: null, tenant: null };
    if (requirement.kind === 'permission') {
      const subject = subjectOf(context, requirement);
      try {
        await this.#check(context, principal, requirement, grant, subject);
      } catch (error) {
        await this.attempts.note(error, context, { principal, requirement, subject });
        throw error;
      }
    }
    const tenantId = grant.project?.tenantId ?? grant.tenant?.id;
    if (tenantId !== undefined && asked.first(tenantId))
      await this.limits.chargeTenant(principal, tenantId, asked.points ?? 1, asked.reply);
    setGrant(context, grant);
    return true;
  }

  #principal(context: ExecutionContext): Promise<Principal> {
    if (context.getType<string>() !== 'graphql') {
      const request = context.switchToHttp().getRequest<FastifyRequest>();
      return this.authenticator.authenticate(request.headers.authorization);
    }
    // The GraphQL door has authenticated the whole document, or the connection, once.
    const principal = context.getArgByIndex<{ principal?: Principal | null }>(2)?.principal;
    return principal ? Promise.resolve(principal) : Promise.reject(unauthenticated());
  }

  async #check(
    context: ExecutionContext,
    principal: Principal,
    { permission, on, heldIn }: PermissionRequirement,
    grant: Grant,
    name: string | null,
  ): Promise<void> {
    if (on === 'platform') this.access.platform(principal, permission);
    else if (on === 'any') {
      if (!holdsAnywhere(principal, permission, new Date())) throw missing(permission);
    } else {
      if (name === null) this.#refuse(context, `asks for a right on a ${on} but names none`);
      else if (on === 'project') grant.project = await this.access.project(principal, name, permission);
      else grant.tenant = await this.access.tenant(principal, name, permission);
      if (heldIn === 'platform') this.access.platform(principal, permission);
      if (heldIn === 'tenant' && grant.project)
        await this.access.tenant(principal, grant.project.tenant, permission);
    }
  }

  #refuse(context: ExecutionContext, why: string): never {
    this.#logger.error(`${context.getClass().name}.${context.getHandler().name} ${why}.`);
    throw forbidden();
  }
}

const missing = (permission: string) =>
  forbidden(`The permission ${permission} is missing.`, { details: { permission } });

const subjectOf = (context: ExecutionContext, { on }: PermissionRequirement): string | null =>
  on === 'project' || on === 'tenant' ? subjectName(context, on) : null;

const ROOTS: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);

/** The name of the project or tenant that a call is about; null where it names none. */
function subjectName(context: ExecutionContext, kind: 'project' | 'tenant'): string | null {
  if (context.getType<string>() !== 'graphql') {
    const params = context.switchToHttp().getRequest<FastifyRequest>().params as Record<string, unknown>;
    return text(params[kind]);
  }
  const [parent, args, , info] = context.getArgs<[unknown, Fields, unknown, GraphQLResolveInfo]>();
  if (ROOTS.has(info.parentType.name)) {
    // By convention `project(name:)` and `tenant(name:)` name their own subject.
    const own = info.fieldName === kind ? text(args.name) : null;
    return own ?? text(args[kind]) ?? text(fieldsOf(args.input)[kind]);
  }
  // A field of an object is about what the object belongs to, whatever its arguments say.
  const object = fieldsOf(parent);
  if (info.parentType.name.toLowerCase() === kind) return text(object.name);
  return text(object[kind]) ?? text(fieldsOf(object[kind]).name);
}

type Fields = Record<string, unknown>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
