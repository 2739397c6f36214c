import type { FastifyInstance } from 'fastify';

/** For answers that are data: nothing in them may run or load anything, nor be framed. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** On every answer. Pages replace the policy by their own; nobody may load anything from another host. */
export function addSecurityHeaders(fastify: FastifyInstance, options: { https: boolean }): void {
  fastify.addHook('onRequest', (_request, reply, done) => {
    reply.headers({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'content-security-policy': DATA_POLICY,
      'cache-control': 'no-store',
    });
    if (options.https) reply.header('strict-transport-security', 'max-age=31536000');
    done();
  });
}
