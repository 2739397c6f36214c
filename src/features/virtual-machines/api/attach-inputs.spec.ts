import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import { type InputObjectTypeDefinitionNode, Kind, parse } from 'graphql';
import { AttachDiskInput, DetachDiskInput } from './attach.dto.js';

const sdl = parse(readFileSync(join(import.meta.dirname, '../../../../graphql/disks.graphql'), 'utf8'));
/** Taken by the idempotency layer before a resolver sees the input. */
const ELSEWHERE = new Set(['idempotencyKey', 'dryRun']);

it.each<[string, new () => object]>([
  ['AttachDiskInput', AttachDiskInput],
  ['DetachDiskInput', DetachDiskInput],
])('%s is the same in GraphQL and in the class that validates it', (name, dto) => {
  const input = sdl.definitions.find(
    (node): node is InputObjectTypeDefinitionNode =>
      node.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION && node.name.value === name,
  );
  const said = (input?.fields ?? [])
    .filter((field) => !ELSEWHERE.has(field.name.value))
    .map((field) => [field.name.value, field.type.kind === Kind.NON_NULL_TYPE ? 'required' : 'optional']);
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const optional = new Set(
    rules.filter(({ type }) => type === 'conditionalValidation').map(({ propertyName }) => propertyName),
  );
  const checked = rules.map(({ propertyName }) => [
    propertyName,
    optional.has(propertyName) ? 'optional' : 'required',
  ]);
  expect(said.length).toBeGreaterThan(0);
  expect(Object.fromEntries(checked)).toEqual(Object.fromEntries(said));
});
