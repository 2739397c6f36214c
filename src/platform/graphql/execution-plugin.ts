import {
  type ApolloServerPlugin,
  type GraphQLRequestContext,
  type GraphQLRequestListener,
  HeaderMap,
} from '@apollo/server';
import {
  type ExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getVariableValues,
} from 'graphql';
import { Failure } from '../../kernel/failure.js';
import { requestInvalid } from '../../kernel/failures.js';
import { failureHeaders } from '../http/failure-replies.js';
import { statusOf } from '../http/http-failures.js';
import type { Metrics } from '../observability/metrics.js';
import { pointsOf, type RateLimits } from '../rate-limits/rate-limits.js';
import { toGraphqlError } from './error-mapping.js';
import type { GraphqlContext } from './graphql-context.js';
import { parseFailed, requestNotGraphql, validationFailed } from './graphql-failures.js';
import { JsonText } from './json-text.js';
import { complexityError, type GraphqlLimits } from './limits.js';
import { type OperationPlan, OperationPlans, type TextQuery } from './operation-plan.js';
import { NotPlain } from './row-writer.js';

type Request = GraphQLRequestContext<GraphqlContext>;

/** Runs queries compiled, holds the cost limit, and gives answers their last shape. */
export class ExecutionPlugin implements ApolloServerPlugin<GraphqlContext> {
  readonly #plans: OperationPlans;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly limits: GraphqlLimits,
    private readonly metrics: Metrics,
    private readonly rates: RateLimits,
  ) {
    this.#plans = new OperationPlans(schema);
  }

  async requestDidStart(): Promise<GraphQLRequestListener<GraphqlContext>> {
    return new Execution(this.schema, this.#plans, this.limits, this.metrics, this.rates);
  }
}

const NO_VARIABLES: Readonly<Record<string, unknown>> = Object.freeze({});
/** Codes of requests that were refused before anything ran. */
const REFUSALS: ReadonlySet<unknown> = new Set([
  parseFailed.definition.code,
  validationFailed.definition.code,
  requestInvalid.definition.code,
]);

class Execution implements GraphQLRequestListener<GraphqlContext> {
  #plan: OperationPlan | null = null;
  #cost: number | null = null;
  #engine = 'graphql-js';
  #coercionErrors: readonly GraphQLError[] | null = null;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly plans: OperationPlans,
    private readonly limits: GraphqlLimits,
    private readonly metrics: Metrics,
    private readonly rates: RateLimits,
  ) {}

  async didResolveOperation(context: Request): Promise<void> {
    if (!context.document) return;
    this.#plan = this.plans.get(context.document, context.request.operationName);
    const plan = this.#plan;
    if (!plan) return;
    if (plan.type === 'subscription') {
      throw refusal(
        new GraphQLError(
          'Subscriptions run over a websocket here, or as server-sent events at /graphql/stream.',
          {
            extensions: { code: requestNotGraphql.definition.code },
          },
        ),
      );
    }
    this.#cost = plan.cost(this.#coerce(plan, context));
    if (this.#cost > this.limits.cost) {
      throw refusal(complexityError(`The document costs ${this.#cost}; the most is ${this.limits.cost}.`));
    }
    await this.#charge(pointsOf(this.#cost), context.contextValue);
  }

  /** One was counted before the document was read. */
  async #charge(points: number, contextValue: GraphqlContext): Promise<void> {
    contextValue.points = points;
    if (points === 1) return;
    const { principal, reply } = contextValue;
    try {
      await this.rates.charge(principal, points - 1, reply);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      reply?.headers(failureHeaders(error, undefined));
      const http = { status: statusOf(error) };
      throw new GraphQLError(error.message, { originalError: error, extensions: { http } });
    }
  }

  /** graphql-jit says nothing of bad variables that can be told from a failed field, so they are held here. */
  #coerce(plan: OperationPlan, context: Request): Readonly<Record<string, unknown>> {
    const definitions = plan.operation.variableDefinitions;
    if (!definitions || definitions.length === 0) return NO_VARIABLES;
    const variables = context.request.variables ?? NO_VARIABLES;
    if (plan.isSimple(variables)) return variables;
    const { coerced, errors } = getVariableValues(this.schema, definitions, variables, { maxErrors: 20 });
    if (errors) this.#coercionErrors = errors;
    return coerced ?? NO_VARIABLES;
  }

  async responseForOperation(context: Request) {
    const { requestId } = context.contextValue;
    if (this.#coercionErrors) {
      const errors = this.#coercionErrors.map((error) => toGraphqlError(error, requestId, 'BAD_USER_INPUT'));
      return answer(400, { errors });
    }
    const compiled = this.#plan?.compiled();
    if (!compiled) return null;
    this.#engine = 'graphql-jit';
    const text = this.#plan?.text;
    const answered = text && (await this.#write(text, context));
    if (answered) return answered;
    return this.#answer(await run(compiled.query, context), requestId);
  }

  /** Null where the rows turn out not to be plain: the compiled query then answers for them. */
  async #write({ query, write }: TextQuery, context: Request) {
    const result = await run(query, context);
    try {
      const data = result.data ? new JsonText(write(result.data)) : result.data;
      return this.#answer({ ...result, data }, context.contextValue.requestId);
    } catch (error) {
      if (error instanceof NotPlain) return null;
      throw error;
    }
  }

  #answer(result: Result, requestId: string) {
    if (!result.errors) return answer(undefined, { data: result.data });
    const errors = result.errors.map((error) => toGraphqlError(error, requestId));
    return answer(undefined, result.data === undefined ? { errors } : { errors, data: result.data });
  }

  async willSendResponse({ request, response }: Request): Promise<void> {
    const { body, http } = response;
    if (body?.kind !== 'single') return;
    const { errors } = body.singleResult;
    this.metrics.graphqlOperations
      .labels(this.#plan?.type ?? 'unknown', this.#engine, errors ? 'errors' : 'ok')
      .inc();
    if (this.#cost !== null) {
      body.singleResult.extensions = {
        ...body.singleResult.extensions,
        cost: { requested: this.#cost, maximum: this.limits.cost },
      };
    }
    // GraphQL over HTTP: clients of plain application/json learn of a refused request from the body, with 200.
    if (
      http?.status === 400 &&
      errors &&
      refusedBeforeExecution(errors) &&
      wantsPlainJson(request.http?.headers)
    ) {
      http.status = 200;
    }
  }
}

function answer(
  status: number | undefined,
  singleResult: { data?: unknown; errors?: GraphQLFormattedError[] },
) {
  return {
    http: { status, headers: new HeaderMap() },
    body: { kind: 'single' as const, singleResult: singleResult as never },
  };
}

/** A refusal before execution is the client's fault: 400, where Apollo would say 500. */
function refusal(error: GraphQLError): GraphQLError {
  return new GraphQLError(error.message, { extensions: { ...error.extensions, http: { status: 400 } } });
}

const refusedBeforeExecution = (errors: readonly GraphQLFormattedError[]): boolean =>
  errors.every((error) => REFUSALS.has(error.extensions?.code));

function wantsPlainJson(headers: HeaderMap | undefined): boolean {
  const accept = headers?.get('accept') ?? '';
  return accept.includes('application/json') && !accept.includes('application/graphql-response+json');
}

/** Data is the executor's, or the text of it. */
type Result = Pick<ExecutionResult, 'errors'> & { data?: unknown };

const run = (query: TextQuery['query'], { contextValue, request }: Request): Result | Promise<Result> =>
  query(undefined, contextValue, request.variables ?? {});
