import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import { type InputObjectTypeDefinitionNode, Kind, parse } from 'graphql';
import * as bodies from './bodies.js';
import * as inputs from './inputs.js';

/** Taken care of before a DTO is looked at. */
const EVERYWHERE = ['dryRun', 'idempotencyKey'];

const CLASSES: Record<string, new () => object> = {
  ...inputs,
  CreateRoleInput: bodies.CreateRoleBody,
  CreateTenantInput: bodies.CreateTenantBody,
  CreateTokenInput: bodies.CreateTokenBody,
  ServiceAccountBindingInput: bodies.BindingBody,
  ProjectTrashInput: bodies.ProjectTrashBody,
};

const file = join(import.meta.dirname, '../../../../graphql/access.graphql');
const sdl = parse(readFileSync(file, 'utf8')).definitions.filter(
  (node): node is InputObjectTypeDefinitionNode => node.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION,
);

/** Name of each field, with "!" where it must be given. */
function ofSdl({ fields = [] }: InputObjectTypeDefinitionNode): string[] {
  return fields
    .filter(({ name }) => !EVERYWHERE.includes(name.value))
    .map(({ name, type }) => `${name.value}${type.kind === Kind.NON_NULL_TYPE ? '!' : ''}`)
    .sort();
}

function ofClass(type: new () => object): string[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  const names = new Set(rules.map(({ propertyName }) => propertyName));
  const optional = new Set(
    rules
      .filter(({ type: rule }) => rule === 'conditionalValidation')
      .map(({ propertyName }) => propertyName),
  );
  return [...names].map((name) => `${name}${optional.has(name) ? '' : '!'}`).sort();
}

describe('the inputs of GraphQL and the classes that check them', () => {
  it('are the same set', () => {
    expect(sdl.map(({ name }) => name.value).sort()).toEqual(Object.keys(CLASSES).sort());
  });

  it.each(sdl.map((node) => [node.name.value, node] as const))('agree: %s', (name, node) => {
    expect(ofClass(CLASSES[name] as new () => object)).toEqual(ofSdl(node));
  });
});
