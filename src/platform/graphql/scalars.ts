import { GraphQLError, GraphQLScalarType, Kind, valueFromASTUntyped } from 'graphql';
import { parseMilli } from '../../kernel/quantity.js';

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** Given as RFC 3339 in UTC. Taken as RFC 3339 with any offset, and handed on as text. */
export const DateTimeScalar = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  serialize: (value) => {
    if (value instanceof Date) return value.toISOString();
    if (typeof value === 'string') return value;
    throw new GraphQLError('A DateTime must be a Date or a string.');
  },
  parseValue: parseTime,
  parseLiteral: (node) => parseTime(node.kind === Kind.STRING ? node.value : null),
});

function parseTime(value: unknown): string {
  if (typeof value === 'string' && RFC_3339.test(value) && !Number.isNaN(Date.parse(value))) return value;
  throw new GraphQLError('A DateTime is written as RFC 3339, for example "2030-01-31T12:00:00Z".');
}

export const JsonScalar = new GraphQLScalarType({
  name: 'JSON',
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
});

/** Rooms canonicalise what they take and give; here only the syntax is held. */
export const QuantityScalar = new GraphQLScalarType<string, string>({
  name: 'Quantity',
  serialize: String,
  parseValue: parseQuantity,
  parseLiteral: (node) =>
    parseQuantity(node.kind === Kind.STRING || node.kind === Kind.INT ? node.value : null),
});

function parseQuantity(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string' && parseMilli(text) !== null) return text;
  throw new GraphQLError('A Quantity is written as Kubernetes does, for example "4Gi" or "500m".');
}

export const SCALARS = { DateTime: DateTimeScalar, JSON: JsonScalar, Quantity: QuantityScalar };
