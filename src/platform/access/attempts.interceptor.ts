import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { GraphQLResolveInfo } from 'graphql';
import { catchError, from, Observable, switchMap, throwError } from 'rxjs';
import { currentContext, runInContext } from '../context/request-context.js';
import { grantOf } from './grant.js';
import { RefusedAttempts } from './refused-attempts.js';
import { requirementOf } from './requirement-of.js';

const MOST_FIELDS = 50;

/** For the audit: what a change gives (names of fields, never values), and what its handler refuses. */
@Injectable()
export class AttemptsInterceptor implements NestInterceptor {
  constructor(private readonly attempts: RefusedAttempts) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const given = givenBy(context);
    if (given === null) return next.handle();
    const own = currentContext();
    const answer = own ? inContext({ ...own, fields: namesIn(given) }, next) : next.handle();
    return answer.pipe(
      catchError((error) => from(this.note(error, context)).pipe(switchMap(() => throwError(() => error)))),
    );
  }

  private async note(error: unknown, context: ExecutionContext): Promise<void> {
    const grant = grantOf(context);
    if (!grant?.principal) return;
    const requirement = requirementOf(context.getClass(), context.getHandler());
    const subject = grant.project?.name ?? grant.tenant?.name ?? null;
    await this.attempts.note(error, context, { principal: grant.principal, requirement, subject });
  }
}

/** Subscribing runs the handler, so it is the subscription that is put into the context. */
function inContext(
  own: NonNullable<ReturnType<typeof currentContext>>,
  next: CallHandler,
): Observable<unknown> {
  return new Observable((subscriber) => runInContext(own, () => next.handle().subscribe(subscriber)));
}

/** The body or input of a change; null for what changes nothing. */
function givenBy(context: ExecutionContext): object | null {
  if (context.getType<string>() === 'graphql') {
    const [, args, , info] = context.getArgs<[unknown, { input?: unknown }, unknown, GraphQLResolveInfo]>();
    return info.parentType.name === 'Mutation' ? objectOf(args.input) : null;
  }
  const { method, body } = context.switchToHttp().getRequest<FastifyRequest>();
  return method === 'GET' || method === 'HEAD' ? null : objectOf(body);
}

const objectOf = (value: unknown): object =>
  typeof value === 'object' &&
  value !== null &&
  Object.getPrototypeOf(value) !== null &&
  !Array.isArray(value)
    ? value
    : Object(value ?? {});

const HIDDEN: ReadonlySet<string> = new Set(['idempotencyKey', 'dryRun']);

const namesIn = (given: object): string[] =>
  Object.entries(given)
    .filter(([name, value]) => value !== undefined && !HIDDEN.has(name) && /^\w{1,64}$/.test(name))
    .map(([name]) => name)
    .sort()
    .slice(0, MOST_FIELDS);
