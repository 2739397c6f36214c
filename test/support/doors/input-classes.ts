import { createRequire } from 'node:module';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { getMetadataStorage } from 'class-validator';
import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import type { Door } from '../../../src/platform/access/doors.js';

/** Where `@Type` writes; class-transformer exports it only here, and without types. */
const { defaultMetadataStorage } = createRequire(import.meta.url)('class-transformer/cjs/storage.js') as {
  defaultMetadataStorage: {
    findTypeMetadata(target: object, property: string): { typeFunction: () => Class } | undefined;
  };
};

type Class = new () => object;
type Fields = readonly (GraphQLArgument | GraphQLInputField)[];

/** One input of the schema, or the arguments of a field, and a class that validates what comes for it. */
export interface Pair {
  /** `CreateDiskInput`, `Project.disks(...)`. */
  name: string;
  fields: Fields;
  validator: Class;
}

/** Taken by the idempotency layer before a resolver sees the input. */
const ELSEWHERE = new Set(['idempotencyKey', 'dryRun']);

/** Every pair that a resolver's parameters make, and the pairs within those, each once. */
export function inputPairs(doors: readonly Door[], schema: GraphQLSchema): Pair[] {
  const pairs = new Map<string, Pair>();
  const add = (pair: Pair) => {
    const key = `${pair.name} ${pair.validator.name}`;
    if (pairs.has(key)) return;
    pairs.set(key, pair);
    for (const { name, type } of pair.fields) {
      const input = getNamedType(type as GraphQLInputType);
      const validator = defaultMetadataStorage.findTypeMetadata(pair.validator, name)?.typeFunction();
      if (!isInputObjectType(input) || !validator) continue;
      add({ name: input.name, fields: Object.values(input.getFields()), validator });
    }
  };
  for (const door of doors) {
    if (door.kind !== 'graphql') continue;
    const field = (schema.getType(door.method) as GraphQLObjectType | undefined)?.getFields()[door.path];
    if (!field) throw new Error(`The schema has no ${door.name}.`);
    for (const { argument, validator } of argumentsOf(door)) {
      if (argument === undefined) {
        add({ name: `${door.name}(...)`, fields: field.args, validator });
        continue;
      }
      const input = getNamedType(field.args.find(({ name }) => name === argument)?.type as GraphQLInputType);
      if (!isInputObjectType(input)) continue;
      add({ name: input.name, fields: Object.values(input.getFields()), validator });
    }
  }
  return [...pairs.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** Nest's key of an `@Args` parameter is `3:<index>`. */
function argumentsOf({ of, handler }: Door): { argument?: string; validator: Class }[] {
  const method = handler.slice(handler.indexOf('.') + 1);
  const parameters: Record<string, { index: number; data?: string }> =
    Reflect.getMetadata(ROUTE_ARGS_METADATA, of, method) ?? {};
  const types: Class[] = Reflect.getMetadata('design:paramtypes', (of as Class).prototype, method) ?? [];
  return Object.entries(parameters)
    .filter(([key]) => key.startsWith('3:'))
    .map(([, { index, data }]) => ({ argument: data, validator: types[index] as Class }));
}

/** What the schema takes: by field, whether it must be given, and as what. */
export function asWritten(fields: Fields): Record<string, string> {
  return Object.fromEntries(
    fields
      .filter(({ name }) => !ELSEWHERE.has(name))
      .map(({ name, type }) => [name, `${isNonNullType(type) ? 'required' : 'optional'} ${shape(type)}`]),
  );
}

function shape(type: GraphQLInputType): string {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return `list of ${shape(nullable.ofType)}`;
  if (isEnumType(nullable)) return oneOf(nullable.getValues().map(({ name }) => name));
  if (isInputObjectType(nullable)) return 'object';
  return { Int: 'integer', Boolean: 'boolean', JSON: 'any' }[String(nullable)] ?? 'text';
}

/** The same of the rules of a class. */
export function asValidated({ validator, fields }: Pair): Record<string, string> {
  const rules = getMetadataStorage().getTargetValidationMetadatas(validator, '', false, false);
  const names = [...new Set(rules.map(({ propertyName }) => propertyName))];
  return Object.fromEntries(
    names.map((name) => {
      const own = rules.filter(({ propertyName }) => propertyName === name);
      const must = own.some(({ type }) => type === 'conditionalValidation') ? 'optional' : 'required';
      const many = own.some((rule) => rule.each || rule.name === 'isArray');
      const written = fields.find((field) => field.name === name)?.type;
      return [name, `${must} ${many ? 'list of ' : ''}${validated(own, getNamedType(written))}`];
    }),
  );
}

type Rule = { name?: string; type: string; constraints?: readonly unknown[] };

/** Of texts, classes say more than the schema does, and of what is any JSON: that is not compared. */
function validated(rules: readonly Rule[], written: unknown): string {
  const has = (rule: string) => rules.some(({ name, type }) => name === rule || type === rule);
  const values = rules.find(({ name }) => name === 'isIn')?.constraints?.[0] as readonly string[] | undefined;
  if (has('nestedValidation')) return 'object';
  if (has('isInt')) return 'integer';
  // REST takes `{}` for a mark, too.
  if (has('isBoolean') || has('isMark')) return 'boolean';
  if (values && isEnumType(written)) return oneOf(values);
  return String(written) === 'JSON' ? 'any' : 'text';
}

/** GraphQL's names have no hyphens. */
const oneOf = (values: readonly string[]): string =>
  `one of ${values
    .map((value) => value.replaceAll('-', '_'))
    .sort()
    .join(', ')}`;
