import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics.js';

/** Measures every request by its route template, and logs those that change or refuse something. */
export function observeRequests(fastify: FastifyInstance, metrics: Metrics): void {
  const logger = new Logger('Request');
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const status = reply.statusCode;
    const { method } = request;
    metrics.httpDuration.labels(method, route, String(status)).observe(reply.elapsedTime / 1000);
    // Reads that went well are many and tell little: they are in the metrics, and in no log.
    if (status < 400 && (method === 'GET' || method === 'HEAD' || route.startsWith('/graphql'))) {
      done();
      return;
    }
    const facts = {
      msg: `${method} ${route} ${status}`,
      requestId: request.id,
      method,
      route,
      path: request.url.split('?', 1)[0],
      status,
      durationMs: Math.round(reply.elapsedTime * 10) / 10,
      sourceAddress: request.ip,
    };
    if (status >= 500) logger.warn(facts);
    else logger.log(facts);
    done();
  });
}
