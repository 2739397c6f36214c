import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { entityTag, matchesIfNoneMatch, versionOf } from './etag.js';

/** Gives answers that carry a version (`withEtag`) their `ETag`, and answers 304 where the client has it. */
@Injectable()
export class EntityTagInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType<string>() !== 'http') return next.handle();
    const http = context.switchToHttp();
    return next.handle().pipe(
      map((body: unknown) => {
        const version = versionOf(body);
        if (version === undefined) return body;
        const request = http.getRequest<FastifyRequest>();
        const reply = http.getResponse<FastifyReply>();
        const tag = entityTag(version);
        reply.header('etag', tag);
        if (request.method !== 'GET' && request.method !== 'HEAD') return body;
        // Private answers may be kept, but must be asked about each time.
        reply.header('cache-control', 'private, no-cache');
        if (!matchesIfNoneMatch(request, tag)) return body;
        reply.code(304);
        return undefined;
      }),
    );
  }
}
