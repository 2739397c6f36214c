import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  Logger,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLResolveInfo } from 'graphql';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { grantOf } from '../access/grant.js';
import { currentContext, type RequestContext, runInContext } from '../context/request-context.js';
import { digest, readKey } from './idempotency-key.js';
import { IdempotencyStore, type Lease } from './idempotency-store.js';
import { failureOf, isLasting, type KeptAnswer, keepFailure } from './kept-answer.js';

const MUTATING: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
const KEPT_HEADERS = ['location', 'etag', 'preference-applied', 'content-type'];
const REPLAYED = 'idempotent-replayed';

interface Call {
  /** The key as the caller wrote it; undefined where there is none. */
  key: unknown;
  method: string;
  route: string;
  /** Everything that makes one request differ from another. */
  asked: unknown;
  dryRun: boolean;
  reply: FastifyReply | null;
  /** Whether status and headers of the reply belong to this call; in GraphQL they are those of the document. */
  wholeReply: boolean;
}

/**
 * `Idempotency-Key` of REST and `input.idempotencyKey` of GraphQL mutations, through one store; and `input.dryRun`,
 * which is for GraphQL what `?dryRun=true` is for REST. Runs behind the guard: a replay needs the right that the first
 * request needed.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  readonly #logger = new Logger(IdempotencyInterceptor.name);

  constructor(private readonly store: IdempotencyStore) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const call = context.getType<string>() === 'graphql' ? mutationOf(context) : requestOf(context);
    if (!call) return next.handle();
    const principal = grantOf(context)?.principal;
    const own = currentContext();
    if (call.key === undefined || call.key === null || !principal) {
      if (!call.dryRun || own?.dryRun) return next.handle();
      return from(inContext({ dryRun: true }, () => lastValueFrom(next.handle())));
    }
    const scope = digest([principal.id, call.method, call.route, readKey(call.key)]);
    return from(this.#run(call, scope, next));
  }

  async #run(call: Call, scope: Buffer, next: CallHandler): Promise<unknown> {
    const begun = await this.store.begin(scope, digest(call.asked));
    if (begun.outcome === 'replay') return replay(JSON.parse(begun.answer), call);
    const work = () => lastValueFrom(next.handle(), { defaultValue: undefined });
    try {
      const body = await inContext({ idempotencyId: begun.id, dryRun: call.dryRun }, work);
      await this.#settle(begun, keptAnswer(body, call));
      return body;
    } catch (error) {
      await this.#settle(begun, isLasting(error) ? keepFailure(error) : null);
      throw error;
    }
  }

  /** What was done is done: where the answer cannot be kept, it is given all the same. */
  async #settle(lease: Lease, answer: string | null): Promise<void> {
    try {
      await (answer === null ? lease.release() : lease.keep(answer));
    } catch (error) {
      this.#logger.warn(error);
    }
  }
}

function requestOf(context: ExecutionContext): Call | null {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  if (!MUTATING.has(request.method)) return null;
  return {
    key: request.headers['idempotency-key'],
    method: request.method,
    route: request.routeOptions.url ?? request.url,
    asked: [request.url, request.body ?? null],
    dryRun: currentContext()?.dryRun ?? false,
    reply: context.switchToHttp().getResponse<FastifyReply>(),
    wholeReply: true,
  };
}

function mutationOf(context: ExecutionContext): Call | null {
  const [, args, own, info] =
    context.getArgs<
      [
        unknown,
        { input?: unknown } | undefined,
        { reply?: FastifyReply | null } | undefined,
        GraphQLResolveInfo | undefined,
      ]
    >();
  if (info?.parentType.name !== 'Mutation') return null;
  const { idempotencyKey, ...asked } = { ...(args?.input as Record<string, unknown> | undefined) };
  return {
    key: idempotencyKey,
    method: 'MUTATION',
    route: info.fieldName,
    asked,
    dryRun: asked.dryRun === true,
    reply: own?.reply ?? null,
    wholeReply: false,
  };
}

function inContext<T>(changes: Partial<RequestContext>, work: () => T): T {
  const own = currentContext() ?? {
    requestId: 'none',
    sourceAddress: null,
    idempotencyId: null,
    dryRun: false,
  };
  return runInContext({ ...own, ...changes }, work);
}

function keptAnswer(body: unknown, { reply, wholeReply }: Call): string {
  const headers: Record<string, string> = {};
  for (const name of wholeReply ? KEPT_HEADERS : []) {
    const value = reply?.getHeader(name);
    if (value !== undefined) headers[name] = String(value);
  }
  const kept: KeptAnswer = { status: reply?.statusCode ?? 200, headers, body, hasBody: body !== undefined };
  return JSON.stringify(kept);
}

function replay(kept: KeptAnswer, { reply, wholeReply }: Call): unknown {
  reply?.header(REPLAYED, 'true');
  if ('failure' in kept) throw failureOf(kept);
  if (reply && wholeReply) reply.code(kept.status).headers(kept.headers);
  return kept.hasBody ? kept.body : undefined;
}
