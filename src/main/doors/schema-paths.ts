import { type GraphQLObjectType, type GraphQLSchema, getNamedType, isObjectType } from 'graphql';

/** One field on the way to an object: `Query.project`. */
export interface Step {
  type: string;
  field: string;
}

/** For each object type that a query reaches, the shortest way to it from the root. */
export function schemaPaths(schema: GraphQLSchema): ReadonlyMap<string, readonly Step[]> {
  const root = schema.getQueryType() as GraphQLObjectType;
  const paths = new Map<string, readonly Step[]>([[root.name, []]]);
  const queue: GraphQLObjectType[] = [root];
  for (let type = queue.shift(); type; type = queue.shift()) {
    for (const { name: field, type: leads } of Object.values(type.getFields())) {
      const next = getNamedType(leads);
      if (!isObjectType(next) || paths.has(next.name)) continue;
      paths.set(next.name, [...(paths.get(type.name) ?? []), { type: type.name, field }]);
      queue.push(next);
    }
  }
  return paths;
}
