import { createRequire } from 'node:module';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { getMetadataStorage } from 'class-validator';

/** The one that `@Type` writes to; class-transformer exports it only here, and without types. */
const { defaultMetadataStorage } = createRequire(import.meta.url)('class-transformer/cjs/storage.js') as {
  defaultMetadataStorage: {
    findTypeMetadata(target: object, property: string): { typeFunction: () => unknown } | undefined;
  };
};

interface Rule {
  name?: string;
  type: string;
  propertyName: string;
  constraints?: unknown[];
  each: boolean;
}

const DOCUMENTED = 'swagger/apiModelProperties';

/**
 * Says in OpenAPI what the validators of DTO classes say, so that no rule is written down twice: types, bounds,
 * patterns, enumerations. What a DTO documents itself with `@ApiProperty` is left as it is.
 */
export function documentValidatedClasses(): void {
  const storage = getMetadataStorage() as unknown as { validationMetadatas: Map<new () => object, Rule[]> };
  for (const [target, rules] of storage.validationMetadatas) {
    for (const property of new Set(rules.map((rule) => rule.propertyName))) {
      if (Reflect.hasMetadata(DOCUMENTED, target.prototype, property)) continue;
      const own = rules.filter((rule) => rule.propertyName === property);
      ApiProperty(optionsOf(target, property, own))(target.prototype, property);
    }
  }
}

function optionsOf(target: new () => object, property: string, rules: readonly Rule[]): ApiPropertyOptions {
  const named = new Map(rules.map((rule) => [rule.name ?? rule.type, rule]));
  const isArray = named.has('isArray') || rules.some((rule) => rule.each);
  const schema: Record<string, unknown> = {
    required: !rules.some((rule) => rule.name === 'isOptional' || rule.type === 'conditionalValidation'),
    type: typeOf(target, property, named),
  };
  if (isArray) schema.isArray = true;
  for (const [name, rule] of named) Object.assign(schema, FACTS[name]?.(rule.constraints ?? []));
  if (schema.type === 'object') schema.additionalProperties = true;
  return schema as ApiPropertyOptions;
}

function typeOf(target: new () => object, property: string, rules: ReadonlyMap<string, Rule>): unknown {
  const nested = defaultMetadataStorage.findTypeMetadata(target, property)?.typeFunction;
  if (nested && rules.has('nestedValidation')) return nested();
  if (rules.has('isInt')) return 'integer';
  if (rules.has('isNumber')) return 'number';
  if (rules.has('isBoolean')) return 'boolean';
  const declared = Reflect.getMetadata('design:type', target.prototype, property);
  if (declared === Number) return 'number';
  if (declared === Boolean) return 'boolean';
  if (declared === Object && !TEXT.some((rule) => rules.has(rule))) return 'object';
  return 'string';
}

const TEXT = ['isString', 'matches', 'maxLength', 'minLength', 'isIn', 'isEnum', 'isLength', 'isUrl'];

const FACTS: Record<string, (constraints: unknown[]) => Record<string, unknown>> = {
  min: ([minimum]) => ({ minimum }),
  max: ([maximum]) => ({ maximum }),
  minLength: ([minLength]) => ({ minLength }),
  maxLength: ([maxLength]) => ({ maxLength }),
  isLength: ([minLength, maxLength]) => ({ minLength, ...(maxLength === undefined ? {} : { maxLength }) }),
  arrayMaxSize: ([maxItems]) => ({ maxItems }),
  arrayMinSize: ([minItems]) => ({ minItems }),
  matches: ([pattern]) => (pattern instanceof RegExp ? { pattern: pattern.source } : {}),
  isIn: ([values]) => ({ enum: values }),
  isEnum: ([values]) => ({ enum: Object.values(values as object) }),
};
