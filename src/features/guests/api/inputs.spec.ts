import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import { type InputObjectTypeDefinitionNode, Kind, parse } from 'graphql';
import { SetSshKeysInput } from './guests.dto.js';

const sdl = parse(readFileSync(join(import.meta.dirname, '../../../../graphql/guests.graphql'), 'utf8'));
/** Taken by the idempotency layer before a resolver sees the input. */
const ELSEWHERE = new Set(['idempotencyKey', 'dryRun']);

it('SetSshKeysInput is the same in GraphQL and in the class that validates it', () => {
  const input = sdl.definitions.find(
    (one): one is InputObjectTypeDefinitionNode => one.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION,
  );
  const fields = (input?.fields ?? [])
    .filter(({ name }) => !ELSEWHERE.has(name.value))
    .map(({ name, type }) => [name.value, type.kind === Kind.NON_NULL_TYPE ? 'required' : 'optional']);
  const metadata = getMetadataStorage().getTargetValidationMetadatas(SetSshKeysInput, '', false, false);
  const optional = new Set(
    metadata.filter(({ type }) => type === 'conditionalValidation').map(({ propertyName }) => propertyName),
  );
  const properties = metadata.map(({ propertyName }) => [
    propertyName,
    optional.has(propertyName) ? 'optional' : 'required',
  ]);
  expect(fields.length).toBe(4);
  expect(Object.fromEntries(properties)).toEqual(Object.fromEntries(fields));
});
