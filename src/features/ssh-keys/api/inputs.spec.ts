import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import { type InputObjectTypeDefinitionNode, Kind, parse } from 'graphql';
import { CreateSshKeyInput, DeleteSshKeyInput, UpdateSshKeyInput } from './inputs.dto.js';

const sdl = parse(readFileSync(join(import.meta.dirname, '../../../../graphql/ssh-keys.graphql'), 'utf8'));
/** Taken by the idempotency layer before a resolver sees the input. */
const ELSEWHERE = new Set(['idempotencyKey', 'dryRun']);

it.each([
  ['CreateSshKeyInput', CreateSshKeyInput],
  ['UpdateSshKeyInput', UpdateSshKeyInput],
  ['DeleteSshKeyInput', DeleteSshKeyInput],
] as const)('%s is the same in GraphQL and in the class that validates it', (input, type) => {
  const written = sdl.definitions.find(
    (one): one is InputObjectTypeDefinitionNode =>
      one.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION && one.name.value === input,
  );
  const fields = (written?.fields ?? [])
    .filter(({ name }) => !ELSEWHERE.has(name.value))
    .map(({ name, type: of }) => [name.value, of.kind === Kind.NON_NULL_TYPE ? 'required' : 'optional']);
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  const optional = new Set(
    rules.filter(({ type: rule }) => rule === 'conditionalValidation').map((rule) => rule.propertyName),
  );
  const properties = rules.map(({ propertyName }) => [
    propertyName,
    optional.has(propertyName) ? 'optional' : 'required',
  ]);
  expect(fields.length).toBeGreaterThan(1);
  expect(Object.fromEntries(properties)).toEqual(Object.fromEntries(fields));
});
