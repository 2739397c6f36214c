import {
  buildASTSchema,
  type DocumentNode,
  type GraphQLOutputType,
  type GraphQLSchema,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
  Kind,
  parse,
  printSchema,
  TypeInfo,
  type TypeNode,
  visit,
  visitWithTypeInfo,
} from 'graphql';

const WHOLE = 'WholeConnection';
const CONNECTION = /Connection$/;

/** Is this a field whose connection can be taken whole from its resolver? */
export function isConnection(type: GraphQLOutputType): boolean {
  const own = isNonNullType(type) ? type.ofType : type;
  return !isListType(own) && isObjectType(own) && CONNECTION.test(own.name);
}

/**
 * The same schema with the same resolvers, but connections are leaves: a query against it hands out what the
 * resolver of a connection returned, and whoever asked reads rows and cursors from that.
 */
export function wholeConnections(schema: GraphQLSchema): GraphQLSchema {
  const document = visit(parse(`${printSchema(schema)}\nscalar ${WHOLE}`), {
    FieldDefinition: (node) => {
      const named = node.type.kind === Kind.NON_NULL_TYPE ? node.type.type : node.type;
      const connection = named.kind === Kind.NAMED_TYPE && CONNECTION.test(named.name.value);
      return connection ? { ...node, type: leaf(node.type) } : undefined;
    },
  });
  const derived = buildASTSchema(document, { assumeValidSDL: true });
  for (const type of Object.values(derived.getTypeMap())) {
    const original = schema.getType(type.name);
    if (isObjectType(type) && isObjectType(original)) {
      type.isTypeOf = original.isTypeOf;
      for (const [name, field] of Object.entries(type.getFields())) {
        const from = original.getFields()[name];
        if (from) field.resolve = from.resolve;
      }
    } else if (isScalarType(type) && isScalarType(original) && !isSpecifiedScalarType(type)) {
      type.serialize = original.serialize;
      type.parseValue = original.parseValue;
      type.parseLiteral = original.parseLiteral;
    } else if (isEnumType(type) && isEnumType(original)) {
      for (const value of type.getValues()) value.value = original.getValue(value.name)?.value;
    } else if (
      (isInterfaceType(type) && isInterfaceType(original)) ||
      (isUnionType(type) && isUnionType(original))
    ) {
      type.resolveType = original.resolveType;
    }
  }
  return derived;
}

const leaf = (type: TypeNode): TypeNode => {
  const named = { kind: Kind.NAMED_TYPE as const, name: { kind: Kind.NAME as const, value: WHOLE } };
  return type.kind === Kind.NON_NULL_TYPE ? { kind: Kind.NON_NULL_TYPE, type: named } : named;
};

/** The document for `wholeConnections(schema)`: nothing is selected below a connection. */
export function withoutRows(schema: GraphQLSchema, document: DocumentNode): DocumentNode {
  const types = new TypeInfo(schema);
  return visit(
    document,
    visitWithTypeInfo(types, {
      Field: (node) => {
        const type = types.getType();
        return type && isConnection(type) ? { ...node, selectionSet: undefined } : undefined;
      },
    }),
  );
}
