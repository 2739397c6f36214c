import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../../kernel/page.js';

/**
 * A static upper bound of what a document can make us answer: each field of an object costs 1, and what stands in a
 * connection costs that times its page (`first`, `last`, else the default page). Plain lists count as 5.
 */
export type Cost = (variables: Readonly<Record<string, unknown>>) => number;

const PLAIN_LIST = 5;
const CONNECTION = /Connection$/;
/** Fields of a connection that stand once, whatever the page. */
const ONCE: ReadonlySet<string> = new Set(['pageInfo', 'totalCount']);

export function compileCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Cost {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const root = schema.getRootType(operation.operation);
  return root ? new Compiler(schema, fragments).selection(operation.selectionSet, root, null) : () => 0;
}

type PageSize = Cost;

class Compiler {
  readonly #memo = new Map<string, Cost>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  ) {}

  /** `page`: inside of a connection, the size of its page. */
  selection(set: SelectionSetNode, type: unknown, page: PageSize | null): Cost {
    let fixed = 0;
    const parts: Cost[] = [];
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const on = selection.typeCondition ? this.schema.getType(selection.typeCondition.name.value) : type;
        parts.push(this.selection(selection.selectionSet, on, page));
      } else if (selection.kind === Kind.FRAGMENT_SPREAD)
        parts.push(this.#fragment(selection.name.value, page));
      else {
        fixed += 1;
        if (!selection.selectionSet || selection.name.value.startsWith('__')) continue;
        const field =
          isObjectType(type) || isInterfaceType(type) ? type.getFields()[selection.name.value] : undefined;
        if (!field) continue;
        const named = getNamedType(field.type);
        const inPage = page && !ONCE.has(selection.name.value) ? page : null;
        if (isCompositeType(named) && CONNECTION.test(named.name)) {
          const size = pageSize(selection.arguments ?? []);
          parts.push(this.selection(selection.selectionSet, named, size));
        } else {
          const inner = this.selection(selection.selectionSet, named, null);
          const times = inPage ?? (isList(field.type) ? () => PLAIN_LIST : () => 1);
          parts.push((variables) => times(variables) * inner(variables));
        }
      }
    }
    if (parts.length === 0) return () => fixed;
    return (variables) => parts.reduce((sum, part) => sum + part(variables), fixed);
  }

  #fragment(name: string, page: PageSize | null): Cost {
    const fragment = this.fragments.get(name);
    if (!fragment) return () => 0;
    const type = this.schema.getType(fragment.typeCondition.name.value);
    if (page) return this.selection(fragment.selectionSet, type, page);
    const known = this.#memo.get(name);
    if (known) return known;
    const cost = this.selection(fragment.selectionSet, type, null);
    this.#memo.set(name, cost);
    return cost;
  }
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

function pageSize(args: readonly { name: { value: string }; value: ValueNode }[]): PageSize {
  const given =
    args.find((arg) => arg.name.value === 'first') ?? args.find((arg) => arg.name.value === 'last');
  if (!given) return () => DEFAULT_PAGE_SIZE;
  const { value } = given;
  if (value.kind === Kind.INT) return constant(Number(value.value));
  if (value.kind !== Kind.VARIABLE) return () => DEFAULT_PAGE_SIZE;
  const name = value.name.value;
  return (variables) => {
    const size = variables[name];
    return typeof size === 'number' ? bounded(size) : DEFAULT_PAGE_SIZE;
  };
}

const constant = (size: number): PageSize => {
  const page = bounded(size);
  return () => page;
};

/** What is out of bounds is refused by the field itself; here it must only not make the sum smaller. */
const bounded = (size: number): number => Math.min(Math.max(size, 1), MAX_PAGE_SIZE);
