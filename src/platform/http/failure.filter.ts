import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendFailure } from './failure-replies.js';
import { toFailure } from './http-failures.js';
import { RouteTable } from './route-table.js';

/** The one place where a thrown value becomes an HTTP answer. GraphQL has its own mapper and is passed on. */
@Catch()
export class FailureFilter implements ExceptionFilter {
  readonly #logger = new Logger('Request');

  constructor(private readonly routes: RouteTable) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType<string>() !== 'http') throw error;
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    // Nest's own 404: the router knew no such path and method.
    if (request.is404 && error instanceof HttpException) {
      this.routes.answerUnknown(request, reply);
      return;
    }
    const failure = toFailure(error);
    if (failure.kind === 'internal') this.#logger.error(failure.cause ?? failure);
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    sendFailure(request, reply, failure);
  }
}
