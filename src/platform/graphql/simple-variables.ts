import {
  type GraphQLSchema,
  getNamedType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';

type Variables = Readonly<Record<string, unknown>>;

const FITS: Readonly<Record<string, (value: unknown) => boolean>> = {
  String: (value) => typeof value === 'string',
  ID: (value) => typeof value === 'string',
  Boolean: (value) => typeof value === 'boolean',
  Int: (value) => typeof value === 'number' && (value | 0) === value,
};

/**
 * Tells of variables that they are what their types want, just as they were sent: true for the common ones, text and
 * numbers, all of them given. False says nothing: graphql-js then has to coerce them.
 */
export function simpleVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
): (variables: Variables) => boolean {
  const checks = (operation.variableDefinitions ?? []).map((definition) => {
    const type = typeFromAST(schema, definition.type as never);
    const own = isNonNullType(type) ? type.ofType : type;
    const fits = own && own === getNamedType(own) ? FITS[own.name] : undefined;
    return { name: definition.variable.name.value, fits };
  });
  return (variables) =>
    checks.every(
      ({ name, fits }) => fits !== undefined && Object.hasOwn(variables, name) && fits(variables[name]),
    );
}
