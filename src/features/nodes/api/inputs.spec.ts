import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import { type InputObjectTypeDefinitionNode, Kind, parse } from 'graphql';
import { DrainNodeInput, FenceNodeInput, ScheduleNodeInput } from './inputs.dto.js';

const sdl = parse(
  readFileSync(join(import.meta.dirname, '../../../../graphql/nodes.graphql'), 'utf8'),
).definitions;
/** Taken by the idempotency layer before a resolver sees the input. */
const ELSEWHERE = new Set(['idempotencyKey', 'dryRun']);

const sdlFields = (name: string): Record<string, string> => {
  const input = sdl.find(
    (one): one is InputObjectTypeDefinitionNode =>
      one.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION && one.name.value === name,
  );
  return Object.fromEntries(
    (input?.fields ?? [])
      .filter((field) => !ELSEWHERE.has(field.name.value))
      .map((field) => [field.name.value, field.type.kind === Kind.NON_NULL_TYPE ? 'required' : 'optional']),
  );
};

const dtoFields = (dto: new () => object): Record<string, string> => {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const optional = new Set(
    metadata.filter(({ type }) => type === 'conditionalValidation').map(({ propertyName }) => propertyName),
  );
  return Object.fromEntries(
    metadata.map(({ propertyName }) => [propertyName, optional.has(propertyName) ? 'optional' : 'required']),
  );
};

it.each<[string, new () => object]>([
  ['ScheduleNodeInput', ScheduleNodeInput],
  ['DrainNodeInput', DrainNodeInput],
  ['FenceNodeInput', FenceNodeInput],
])('%s is the same in GraphQL and in the class that validates it', (name, dto) => {
  const fields = sdlFields(name);
  expect(Object.keys(fields).length).toBeGreaterThan(0);
  expect(dtoFields(dto)).toEqual(fields);
});
