import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { pointsOf } from '../rate-limits/rate-limits.js';
import { toGraphqlError } from './error-mapping.js';
import type { GraphqlContext } from './graphql-context.js';
import { parseFailed, requestNotGraphql, validationFailed } from './graphql-failures.js';
import { complexityError, type GraphqlLimits, limitsRule } from './limits.js';
import { OperationPlans } from './operation-plan.js';

export interface OperationRequest {
  query: string;
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
}

/** Prepares operations that come over a websocket or as SSE, with the limits that Apollo holds over HTTP. */
export class LiveOperations {
  readonly #plans: OperationPlans;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly limits: GraphqlLimits,
  ) {
    this.#plans = new OperationPlans(schema);
  }

  /** What to execute, or why not. */
  prepare(request: OperationRequest, contextValue: GraphqlContext): ExecutionArgs | GraphQLError[] {
    const document = this.#parse(request.query);
    if (document instanceof GraphQLError) return [document];
    const errors = validate(this.schema, document, [...specifiedRules, limitsRule(this.limits)]);
    if (errors.length > 0) return errors.map((error) => coded(error, validationFailed.definition.code));
    const plan = this.#plans.get(document, request.operationName);
    if (!plan) return [refused('The document has no operation of this name, or several and none is named.')];
    const variables = request.variables ?? {};
    const { coerced, errors: coercion } = getVariableValues(
      this.schema,
      plan.operation.variableDefinitions ?? [],
      variables,
      { maxErrors: 20 },
    );
    if (coercion) return coercion.map((error) => coded(error, 'request.invalid'));
    const cost = plan.cost(coerced);
    if (cost > this.limits.cost) {
      return [complexityError(`The document costs ${cost}; the most is ${this.limits.cost}.`)];
    }
    contextValue.points = pointsOf(cost);
    return {
      schema: this.schema,
      document,
      operationName: request.operationName,
      variableValues: variables,
      contextValue,
    };
  }

  #parse(query: string): DocumentNode | GraphQLError {
    try {
      return parse(query, { maxTokens: this.limits.tokens });
    } catch (error) {
      return coded(error as GraphQLError, parseFailed.definition.code);
    }
  }
}

/** What a prepared operation counts as. */
export const pointsIn = ({ contextValue }: ExecutionArgs): number =>
  (contextValue as GraphqlContext).points ?? 1;

/** One event or answer, with its errors mapped as everywhere. */
export function formatResult(result: ExecutionResult, requestId: string): FormattedExecutionResult {
  const { errors, ...rest } = result;
  return errors ? { ...rest, errors: errors.map((error) => toGraphqlError(error, requestId)) } : rest;
}

const refused = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: requestNotGraphql.definition.code } });

function coded(error: GraphQLError, code: string): GraphQLError {
  if (error.extensions.code !== undefined) return error;
  return new GraphQLError(error.message, {
    nodes: error.nodes,
    source: error.source,
    positions: error.positions,
    extensions: { code },
  });
}
