import { ApolloServer, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { AbstractGraphQLDriver, type GqlModuleOptions } from '@nestjs/graphql';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { Failure } from '../../kernel/failure.js';
import { AccessPort } from '../access/access-port.js';
import { Authenticator } from '../access/authenticator.js';
import { currentContext } from '../context/request-context.js';
import { failureHeaders } from '../http/failure-replies.js';
import { statusOf, toFailure } from '../http/http-failures.js';
import { UpgradeRouter } from '../http/upgrade-router.js';
import { Metrics } from '../observability/metrics.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { failureExtensions, toGraphqlError } from './error-mapping.js';
import { openEventStreamDoor } from './event-stream-door.js';
import { ExecutionPlugin } from './execution-plugin.js';
import type { GraphqlContext } from './graphql-context.js';
import { answerJson } from './json-text.js';
import { DEFAULT_LIMITS, type GraphqlLimits, limitsRule } from './limits.js';
import { LiveOperations } from './live-operations.js';
import { WebsocketDoor } from './websocket-door.js';

export interface GraphqlDriverOptions extends GqlModuleOptions {
  limits?: Partial<GraphqlLimits>;
}

const PATH = '/graphql';

/** Headers that Apollo looks at; the others need not be copied for each request. */
const APOLLO_HEADERS = [
  'accept',
  'content-type',
  'apollo-require-preflight',
  'x-apollo-operation-name',
] as const;

/**
 * Nest's resolvers behind Apollo Server on Fastify: the way from the socket to the compiled query is kept short,
 * and every caller is authenticated before a document is so much as parsed.
 */
@Injectable()
export class GraphqlDriver extends AbstractGraphQLDriver<GraphqlDriverOptions> {
  @Inject() private readonly authenticator!: Authenticator;
  @Inject() private readonly access!: AccessPort;
  @Inject() private readonly upgrades!: UpgradeRouter;
  @Inject() private readonly metrics!: Metrics;
  @Inject() private readonly limits!: RateLimits;
  #apollo: ApolloServer<GraphqlContext> | null = null;

  override subscriptionWithFilter(): never {
    throw new Error('Filter inside of the subscription: the filter option would not be asked here.');
  }

  async start(options: GraphqlDriverOptions & { schema: GraphQLSchema }): Promise<void> {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const apollo = this.#createApollo(options.schema, limits);
    await apollo.start();
    this.#apollo = apollo;
    const fastify = this.httpAdapterHost.httpAdapter.getInstance<FastifyInstance>();
    fastify.route({
      method: ['GET', 'POST'],
      url: PATH,
      exposeHeadRoute: false,
      handler: (request, reply) => this.#serve(apollo, request, reply),
    });
    const operations = new LiveOperations(options.schema, limits);
    openEventStreamDoor(fastify, `${PATH}/stream`, {
      schema: options.schema,
      operations,
      authenticator: this.authenticator,
      access: this.access,
      limits: this.limits,
    });
    new WebsocketDoor(options.schema, operations, this.authenticator, this.access, this.limits).open(
      this.upgrades,
      PATH,
    );
  }

  async stop(): Promise<void> {
    await this.#apollo?.stop();
  }

  #createApollo(schema: GraphQLSchema, limits: GraphqlLimits): ApolloServer<GraphqlContext> {
    const logger = new Logger('GraphQL');
    return new ApolloServer<GraphqlContext>({
      schema,
      csrfPrevention: true,
      allowBatchedHttpRequests: false,
      // Callers are authenticated before they get here.
      introspection: true,
      includeStacktraceInErrorResponses: false,
      stopOnTerminationSignals: false,
      persistedQueries: false,
      parseOptions: { maxTokens: limits.tokens },
      validationRules: [limitsRule(limits)],
      formatError: ({ extensions }, error) =>
        toGraphqlError(error as Error, currentContext()?.requestId ?? 'none', extensions?.code),
      stringifyResult: answerJson,
      logger: {
        debug: (message) => logger.debug(message),
        info: (message) => logger.log(message),
        warn: (message) => logger.warn(message),
        error: (message) => logger.error(message),
      },
      plugins: [
        new ExecutionPlugin(schema, limits, this.metrics, this.limits),
        ApolloServerPluginCacheControlDisabled(),
        ApolloServerPluginLandingPageDisabled(),
      ],
    });
  }

  async #serve(
    apollo: ApolloServer<GraphqlContext>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<string> {
    let contextValue: GraphqlContext;
    try {
      const principal = await this.authenticator.authenticate(request.headers.authorization);
      await this.limits.charge(principal, 1, reply);
      contextValue = { principal, requestId: request.id, reply };
    } catch (error) {
      return refuse(request, reply, toFailure(error));
    }
    const headers = new HeaderMap();
    for (const name of APOLLO_HEADERS) {
      const value = request.headers[name];
      if (value !== undefined) headers.set(name, String(value));
    }
    const query = request.url.indexOf('?');
    const response = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method,
        headers,
        search: query < 0 ? '' : request.url.slice(query),
        body: request.body,
      },
      context: () => Promise.resolve(contextValue),
    });
    for (const [name, value] of response.headers) reply.header(name, value);
    reply.code(response.status ?? 200);
    if (response.body.kind === 'complete') return response.body.string;
    throw new Error('Incremental delivery is not offered.');
  }
}

/** Before GraphQL: still in GraphQL's form, with the HTTP status that says so. */
function refuse(request: FastifyRequest, reply: FastifyReply, failure: Failure): string {
  if (failure.kind === 'internal') new Logger('GraphQL').error(failure.cause ?? failure);
  reply
    .code(statusOf(failure))
    .headers(failureHeaders(failure, request.headers.authorization))
    .type('application/json; charset=utf-8');
  return JSON.stringify({
    errors: [{ message: failure.message, extensions: failureExtensions(failure, request.id) }],
  });
}
