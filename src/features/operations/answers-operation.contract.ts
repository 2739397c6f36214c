import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  HttpCode,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { mergeMap, type Observable } from 'rxjs';
import { currentContext } from '../../platform/context/request-context.js';
import { OperationDto } from './api/operation.dto.js';
import { isSettled } from './domain/operation.js';
import { OperationChanges } from './operation-changes.js';
import type { OperationView } from './operations.contract.js';

export const LONGEST_WAIT_SECONDS = 60;

/**
 * For controller handlers that return an OperationView: 202 with `Location`, and the body as it is. `Prefer: wait=N`
 * (RFC 7240) holds the answer until the operation has settled (then 200) or N seconds have passed; more than 60 are
 * taken for 60. Anything else that the handler returns, and a dry run, is answered with 200. The room's module must
 * import OperationsModule.
 */
export const AnswersOperation = (): MethodDecorator =>
  applyDecorators(
    HttpCode(202),
    UseInterceptors(OperationAnswer),
    ApiHeader({
      name: 'Prefer',
      required: false,
      description: '`wait=N`: hold the answer for up to N (<= 60) seconds.',
    }),
    ApiResponse({ status: 202, type: OperationDto, description: 'The operation goes on; see `Location`.' }),
    ApiResponse({
      status: 200,
      type: OperationDto,
      description: 'The operation has settled, or this was a dry run.',
    }),
  );

@Injectable()
export class OperationAnswer implements NestInterceptor {
  constructor(private readonly changes: OperationChanges) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType<string>() !== 'http') return next.handle();
    const http = context.switchToHttp();
    return next
      .handle()
      .pipe(
        mergeMap((body) =>
          this.answer(body, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>()),
        ),
      );
  }

  private async answer(body: unknown, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    if (!isOperation(body) || currentContext()?.dryRun) {
      // A handler that has chosen another code knows why.
      if (reply.statusCode === 202) reply.code(200);
      return body;
    }
    reply.header('location', `/api/v1/operations/${body.id}`);
    const seconds = preferredWait(request.headers.prefer);
    const view = seconds === null ? body : await this.wait(body, seconds, reply);
    reply.code(isSettled(view) ? 200 : 202);
    return view;
  }

  private async wait(body: OperationView, seconds: number, reply: FastifyReply): Promise<OperationView> {
    reply.header('preference-applied', `wait=${seconds}`);
    // What was accepted is not lost because it cannot be read again at this moment.
    const last = await this.changes.untilSettled(body.id, seconds * 1000).catch(() => null);
    return last ?? body;
  }
}

function isOperation(body: unknown): body is OperationView {
  return (
    typeof body === 'object' && body !== null && 'kind' in body && 'steps' in body && 'finishedAt' in body
  );
}

/** Seconds, at most 60; null where the client prefers nothing of the kind. */
export function preferredWait(header: string | string[] | undefined): number | null {
  const preferences = Array.isArray(header) ? header.join(',') : (header ?? '');
  const match = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:[,;]|$)/i.exec(preferences);
  return match ? Math.min(Number(match[1]), LONGEST_WAIT_SECONDS) : null;
}
