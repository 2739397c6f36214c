import {
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { tooComplex } from './graphql-failures.js';

export interface GraphqlLimits {
  /** Lexer tokens of a document, checked while it is parsed. */
  tokens: number;
  depth: number;
  aliases: number;
  directives: number;
  rootFields: number;
  /** Selections, each fragment counted as often as it is used: bounds the work of everything that walks a document. */
  selections: number;
  /** See cost.ts. */
  cost: number;
}

export const DEFAULT_LIMITS: GraphqlLimits = {
  tokens: 2_000,
  depth: 12,
  aliases: 30,
  directives: 50,
  rootFields: 20,
  selections: 5_000,
  cost: 50_000,
};

const CODE = tooComplex.definition.code;

export const complexityError = (message: string) =>
  // `refusal` besides `code`: Apollo puts its own code on every error of validation.
  new GraphQLError(message, { extensions: { code: CODE, refusal: CODE } });

interface Counts {
  depth: number;
  aliases: number;
  directives: number;
  selections: number;
}

/** Depth, aliases, directives and root fields, counted as execution meets them: through every use of a fragment. */
export function limitsRule(limits: GraphqlLimits): ValidationRule {
  return (context: ValidationContext): ASTVisitor => ({
    Document: (document) => {
      const counter = new Counter(document);
      for (const definition of document.definitions) {
        if (definition.kind === Kind.OPERATION_DEFINITION) check(context, counter, definition, limits);
      }
    },
  });
}

function check(
  context: ValidationContext,
  counter: Counter,
  operation: OperationDefinitionNode,
  limits: GraphqlLimits,
): void {
  const counts = counter.count(operation.selectionSet);
  if (counts.selections > limits.selections) {
    const most = `the most is ${limits.selections}`;
    context.reportError(
      complexityError(`The document selects more than it may with its fragments opened; ${most}.`),
    );
    return;
  }
  const directives = counts.directives + (operation.directives?.length ?? 0);
  const roots = counter.width(operation.selectionSet);
  const complain = (what: string, is: number, most: number) => {
    if (is > most)
      context.reportError(complexityError(`The document has ${what} ${is}; the most is ${most}.`));
  };
  // Introspection nests types in types by nature; its size is bounded by the schema and by the other limits.
  if (!isIntrospection(operation)) complain('a depth of', counts.depth, limits.depth);
  complain('aliases:', counts.aliases, limits.aliases);
  complain('directives:', directives, limits.directives);
  complain('root fields:', roots, limits.rootFields);
}

function isIntrospection({ selectionSet }: OperationDefinitionNode): boolean {
  return selectionSet.selections.every(
    (selection) => selection.kind === Kind.FIELD && selection.name.value.startsWith('__'),
  );
}

class Counter {
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #known = new Map<string, Counts>();
  readonly #open = new Set<string>();

  constructor(document: DocumentNode) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        this.#fragments.set(definition.name.value, definition);
    }
  }

  count(set: SelectionSetNode): Counts {
    const total: Counts = { depth: 0, aliases: 0, directives: 0, selections: 0 };
    for (const selection of set.selections) {
      total.directives += selection.directives?.length ?? 0;
      total.selections += 1;
      if (selection.kind === Kind.FIELD) {
        if (selection.alias) total.aliases += 1;
        const inner = selection.selectionSet ? this.count(selection.selectionSet) : null;
        add(total, inner, 1);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) add(total, this.count(selection.selectionSet), 0);
      else add(total, this.#fragment(selection.name.value), 0);
    }
    return total;
  }

  /** Fields of one level, fragments opened. */
  width(set: SelectionSetNode, open: ReadonlySet<string> = new Set()): number {
    let fields = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) fields += 1;
      else if (selection.kind === Kind.INLINE_FRAGMENT) fields += this.width(selection.selectionSet, open);
      else {
        const name = selection.name.value;
        const fragment = this.#fragments.get(name);
        if (fragment && !open.has(name))
          fields += this.width(fragment.selectionSet, new Set([...open, name]));
      }
    }
    return fields;
  }

  #fragment(name: string): Counts {
    const known = this.#known.get(name);
    if (known) return known;
    const fragment = this.#fragments.get(name);
    // An unknown fragment, or a cycle, is refused by the standard rules.
    if (!fragment || this.#open.has(name)) return { depth: 0, aliases: 0, directives: 0, selections: 0 };
    this.#open.add(name);
    const counts = this.count(fragment.selectionSet);
    this.#open.delete(name);
    this.#known.set(name, counts);
    return counts;
  }
}

function add(total: Counts, inner: Counts | null, step: number): void {
  total.depth = Math.max(total.depth, step + (inner?.depth ?? 0));
  total.aliases += inner?.aliases ?? 0;
  total.directives += inner?.directives ?? 0;
  total.selections += inner?.selections ?? 0;
}
