import type { IncomingMessage } from 'node:http';
import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

/**
 * A body that is not read until its handler reads it. It has no JSON: an idempotency key sees the address, and which part
 * of the content it is.
 */
export class StreamedBody {
  constructor(readonly bytes: IncomingMessage) {}

  toJSON(): string {
    return `stream ${this.bytes.headers['content-range'] ?? ''}`;
  }
}

/** For handlers whose `request.body` is a StreamedBody, of any media type but JSON. */
export const TakesStream = (): MethodDecorator =>
  applyDecorators(
    RouteConfig({ takesStream: true }),
    ApiConsumes('application/octet-stream'),
    ApiBody({ schema: { type: 'string', format: 'binary' } }),
  );

export const takesStream = (request: FastifyRequest): boolean =>
  (request.routeOptions.config as { takesStream?: boolean } | undefined)?.takesStream === true;
