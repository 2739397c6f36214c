import type { FastifyInstance, FastifyRequest } from 'fastify';
import { requestMalformed, unsupportedMediaType } from '../../kernel/failures.js';
import { StreamedBody, takesStream } from './streamed-body.js';

/**
 * Bodies are JSON, and merge patches on PATCH (RFC 7396); anything else is 415. Keys that would reach
 * Object.prototype are refused. An empty body is no body, whatever its type says. A route that takes a stream gets its
 * bytes as they come, of any other type and without a limit.
 */
export function addContentTypes(fastify: FastifyInstance): void {
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'string' },
    (request: FastifyRequest, body: string, done: (error: Error | null, value?: unknown) => void) => {
      if (body.length === 0) done(null, undefined);
      else if (request.method !== 'PATCH' && request.headers['content-type']?.includes('merge-patch')) {
        done(unsupportedMediaType('A merge patch is for PATCH only.'));
      } else {
        parseJson(request, body, (error, value) => {
          if (error) done(requestMalformed('The body is not valid JSON, or has a key that is not allowed.'));
          else done(null, value);
        });
      }
    },
  );
  fastify.addContentTypeParser(
    '*',
    (request: FastifyRequest, payload, done: (error: Error | null, value?: unknown) => void) => {
      if (takesStream(request)) done(null, new StreamedBody(payload));
      else
        done(
          unsupportedMediaType('The body must be JSON.', { hint: 'Send "Content-Type: application/json".' }),
        );
    },
  );
}
