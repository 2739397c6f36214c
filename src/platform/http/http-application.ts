import type { DynamicModule, LoggerService, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { pageJson } from '../json/page-json.js';
import { Metrics } from '../observability/metrics.js';
import { Readiness } from '../observability/readiness.js';
import { observeRequests } from '../observability/request-observer.js';
import { answerClientError } from './client-errors.js';
import { addContentTypes } from './content-types.js';
import { FailureFilter } from './failure.filter.js';
import { sendFailure } from './failure-replies.js';
import { toFailure } from './http-failures.js';
import { HttpOptions } from './http-options.js';
import { publicUrl } from './public-url.js';
import { addContextHooks, requestIdOf } from './request-hooks.js';
import { RouteTable } from './route-table.js';
import { RunningApplication } from './running-application.js';
import { addSecurityHeaders } from './security-headers.js';
import { sendBytes } from './send-bytes.js';
import { trustsOf } from './source-address.js';
import { StrictValidationPipe } from './strict-validation.pipe.js';
import { UpgradeRouter } from './upgrade-router.js';

/** How long streams (SSE, downloads) may go on once the application closes. */
const CLOSE_GRACE_MS = 2_000;

/**
 * A Nest application on Fastify with the conventions of the API: request ids and contexts, strict bodies,
 * problem+json, 405, security headers, metrics. Initialised and not yet listening: `listen(app)` opens the port.
 * `root` must import PlatformModule, which provides the HttpOptions.
 */
export async function createHttpApplication(
  root: Type | DynamicModule,
  options: HttpOptions,
  logger?: LoggerService | false,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: options.bodyLimit,
    trustProxy: trustsOf(options.trustedProxies),
    requestIdHeader: false,
    genReqId: requestIdOf,
    exposeHeadRoutes: true,
    skipMiddie: true,
    routerOptions: { maxParamLength: 512 },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      reply.header('x-request-id', request.id);
      sendFailure(request, reply, toFailure(error));
    },
  });
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    bodyParser: false,
    abortOnError: false,
    ...(logger === undefined ? {} : { logger, bufferLogs: false }),
  });
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  const routes = app.get(RouteTable);
  routes.watch(fastify);
  addContextHooks(fastify);
  addSecurityHeaders(fastify, { https: options.publicUrl?.startsWith('https:') ?? false });
  observeRequests(fastify, app.get(Metrics));
  addContentTypes(fastify);
  sendBytes(fastify);
  fastify.setReplySerializer(pageJson);
  if (options.allowedOrigins.length > 0) enableCors(app, options.allowedOrigins);
  app.useGlobalPipes(new StrictValidationPipe());
  app.useGlobalFilters(new FailureFilter(routes));
  endStreamsOnClose(fastify, app);
  app.get(RunningApplication).app = app;
  await app.init();
  app.get(UpgradeRouter).attach(app.getHttpServer());
  return app;
}

/** Opens the port and gives the address that clients use. */
export async function listen(app: NestFastifyApplication): Promise<string> {
  const options = app.get(HttpOptions);
  await app.listen({ port: options.port, host: options.host });
  return publicUrl(options, app.getHttpServer());
}

function enableCors(app: NestFastifyApplication, origins: readonly string[]): void {
  app.enableCors({
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'authorization',
      'content-type',
      'idempotency-key',
      'if-match',
      'if-none-match',
      'prefer',
      'x-request-id',
      'apollo-require-preflight',
      'last-event-id',
    ],
    exposedHeaders: [
      'etag',
      'location',
      'x-request-id',
      'retry-after',
      'ratelimit',
      'ratelimit-policy',
      'idempotent-replayed',
      'preference-applied',
    ],
    credentials: false,
    maxAge: 600,
  });
}

function endStreamsOnClose(fastify: FastifyInstance, app: NestFastifyApplication): void {
  let timer: NodeJS.Timeout | undefined;
  fastify.addHook('preClose', (done) => {
    app.get(Readiness).drain();
    app.get(UpgradeRouter).close();
    timer = setTimeout(() => fastify.server.closeAllConnections(), CLOSE_GRACE_MS);
    done();
  });
  fastify.addHook('onClose', async () => clearTimeout(timer));
}
