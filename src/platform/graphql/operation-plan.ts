import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isInputObjectType,
  type OperationDefinitionNode,
  type OperationTypeNode,
  typeFromAST,
} from 'graphql';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';
import { type Cost, compileCost } from './cost.js';
import type { Write } from './row-writer.js';
import { simpleVariables } from './simple-variables.js';
import { compileText } from './text-plan.js';
import { wholeConnections, withoutRows } from './whole-connections.js';

/** A document is compiled when it comes this often: what comes once is not worth it. */
const USES_BEFORE_COMPILING = 2;

/** A query whose connections come whole, and what writes its answer. */
export interface TextQuery {
  query: CompiledQuery['query'];
  write: Write;
}

/** What is known about one operation of a validated document, worked out once. */
export class OperationPlan {
  readonly cost: Cost;
  readonly type: OperationTypeNode;
  /** Whether variables are right as they are. */
  readonly isSimple: (variables: Readonly<Record<string, unknown>>) => boolean;
  #uses = 0;
  #compiled: CompiledQuery | null = null;
  #compilable: boolean;
  #text: TextQuery | null = null;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly wholes: GraphQLSchema,
    private readonly document: DocumentNode,
    readonly operation: OperationDefinitionNode,
  ) {
    this.type = operation.operation;
    this.cost = compileCost(schema, document, operation);
    this.isSimple = simpleVariables(schema, operation);
    // Mutations must run in order and once, and graphql-jit does not hold @oneOf: graphql-js runs those.
    this.#compilable = this.type === 'query' && !takesOneOf(schema, operation);
  }

  /** The compiled query, where it is one to compile and has come often enough. */
  compiled(): CompiledQuery | null {
    if (this.#compiled || !this.#compilable) return this.#compiled;
    this.#uses += 1;
    if (this.#uses < USES_BEFORE_COMPILING) return null;
    this.#compiled = this.#compile(this.schema, this.document);
    this.#compilable = this.#compiled !== null;
    this.#text = this.#compiled && this.#compileText();
    return this.#compiled;
  }

  /** Where the answer can be written straight from the rows of its connections. Known once `compiled` gave a query. */
  get text(): TextQuery | null {
    return this.#text;
  }

  #compileText(): TextQuery | null {
    const write = compileText(this.schema, this.document, this.operation);
    const compiled = write && this.#compile(this.wholes, withoutRows(this.schema, this.document));
    return write && compiled ? { query: compiled.query, write } : null;
  }

  #compile(schema: GraphQLSchema, document: DocumentNode): CompiledQuery | null {
    const compiled = compileQuery(schema, document, this.operation.name?.value, {
      disablingCapturingStackErrors: true,
      disableLeafSerialization: true,
    });
    return isCompiledQuery(compiled) ? compiled : null;
  }
}

/** Plans live as long as their document does in Apollo's bounded store. */
export class OperationPlans {
  readonly #plans = new WeakMap<DocumentNode, Map<string, OperationPlan | null>>();
  readonly #wholes: GraphQLSchema;

  constructor(private readonly schema: GraphQLSchema) {
    this.#wholes = wholeConnections(schema);
  }

  /** Null where the document has no such operation, or several and none is named. */
  get(document: DocumentNode, operationName: string | null | undefined): OperationPlan | null {
    let plans = this.#plans.get(document);
    if (!plans) {
      plans = new Map();
      this.#plans.set(document, plans);
    }
    const name = operationName ?? '';
    const known = plans.get(name);
    if (known !== undefined) return known;
    const operation = getOperationAST(document, operationName);
    // Names that the document does not have are the caller's invention, and are not remembered.
    if (!operation) return null;
    const plan = new OperationPlan(this.schema, this.#wholes, document, operation);
    plans.set(name, plan);
    return plan;
  }
}

function takesOneOf(schema: GraphQLSchema, operation: OperationDefinitionNode): boolean {
  const seen = new Set<unknown>();
  const holds = (type: GraphQLInputType | undefined): boolean => {
    const named = type && getNamedType(type);
    if (!isInputObjectType(named) || seen.has(named)) return false;
    seen.add(named);
    return named.isOneOf || Object.values(named.getFields()).some((field) => holds(field.type));
  };
  return (operation.variableDefinitions ?? []).some((definition) =>
    holds(typeFromAST(schema, definition.type as never) as GraphQLInputType | undefined),
  );
}
