import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import { type InputObjectTypeDefinitionNode, Kind, parse } from 'graphql';
import { RESOURCES } from '../domain/meters.js';
import {
  QuotaLimitsBody,
  SetProjectQuotaInput,
  SetQuotaDefaultsInput,
  SetTenantQuotaInput,
} from './quota-bodies.js';

/** Taken care of before a DTO is looked at. */
const EVERYWHERE = ['dryRun', 'idempotencyKey'];

const CLASSES: Record<string, new () => object> = {
  QuotaLimitsInput: QuotaLimitsBody,
  SetProjectQuotaInput,
  SetTenantQuotaInput,
  SetQuotaDefaultsInput,
};

const file = join(import.meta.dirname, '../../../../graphql/quotas.graphql');
const sdl = parse(readFileSync(file, 'utf8')).definitions.filter(
  (node): node is InputObjectTypeDefinitionNode => node.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION,
);

/** Name of each field, with "!" where it must be given. */
const ofSdl = ({ fields = [] }: InputObjectTypeDefinitionNode): string[] =>
  fields
    .filter(({ name }) => !EVERYWHERE.includes(name.value))
    .map(({ name, type }) => `${name.value}${type.kind === Kind.NON_NULL_TYPE ? '!' : ''}`)
    .sort();

function ofClass(type: new () => object): string[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  const names = new Set(rules.map(({ propertyName }) => propertyName));
  const optional = new Set(
    rules.filter(({ type: rule }) => rule === 'conditionalValidation').map((rule) => rule.propertyName),
  );
  return [...names].map((name) => `${name}${optional.has(name) ? '' : '!'}`).sort();
}

describe('the inputs of quotas', () => {
  it('are the same set in GraphQL and in the classes that check them', () => {
    expect(sdl.map(({ name }) => name.value).sort()).toEqual(Object.keys(CLASSES).sort());
  });

  it.each(sdl.map((node) => [node.name.value, node] as const))('agree: %s', (name, node) => {
    expect(ofClass(CLASSES[name] as new () => object)).toEqual(ofSdl(node));
  });

  it('name every resource', () => {
    expect(ofClass(QuotaLimitsBody)).toEqual([...RESOURCES, 'storageClasses'].sort());
  });
});
