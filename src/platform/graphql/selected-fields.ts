import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  Kind,
  type SelectionSetNode,
} from 'graphql';

export interface SelectedField {
  /** Name or alias: the key in the answer. */
  key: string;
  /** Null: `__typename`. */
  field: GraphQLField<unknown, unknown> | null;
  selections: SelectionSetNode[];
}

/** What a document selects of an object type, fragments opened and equal keys merged, in the order of the answer. */
export class Selections {
  readonly #fragments = new Map<string, FragmentDefinitionNode>();

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
  ) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        this.#fragments.set(definition.name.value, definition);
    }
  }

  /** Null where something depends on more than the document: a directive, an unknown field. */
  of(type: GraphQLObjectType, sets: readonly SelectionSetNode[]): SelectedField[] | null {
    const fields = new Map<string, SelectedField>();
    return sets.every((set) => this.#collect(type, set, fields)) ? [...fields.values()] : null;
  }

  #collect(type: GraphQLObjectType, set: SelectionSetNode, fields: Map<string, SelectedField>): boolean {
    return set.selections.every((selection) => {
      if (selection.directives && selection.directives.length > 0) return false;
      if (selection.kind === Kind.FIELD) return this.#add(type, selection, fields);
      const part =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value);
      if (!part) return false;
      return (
        !this.#isOn(type, part.typeCondition?.name.value) || this.#collect(type, part.selectionSet, fields)
      );
    });
  }

  #add(type: GraphQLObjectType, node: FieldNode, fields: Map<string, SelectedField>): boolean {
    const key = node.alias?.value ?? node.name.value;
    const name = node.name.value;
    const field = name === '__typename' ? null : type.getFields()[name];
    if (field === undefined) return false;
    const selected = fields.get(key) ?? { key, field, selections: [] };
    if (node.selectionSet) selected.selections.push(node.selectionSet);
    fields.set(key, selected);
    return true;
  }

  #isOn(type: GraphQLObjectType, condition: string | undefined): boolean {
    if (condition === undefined || condition === type.name) return true;
    const named = this.schema.getType(condition);
    return isAbstractType(named) && this.schema.isSubType(named, type);
  }
}
