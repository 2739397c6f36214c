import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import { type InputObjectTypeDefinitionNode, Kind, parse } from 'graphql';
import { type ServiceBody, specifyService } from '../domain/service.js';
import { ExposeVirtualMachineInput, ServicePortDto, UnexposeVirtualMachineInput } from './service.dto.js';

const sdl = parse(readFileSync(join(import.meta.dirname, '../../../../graphql/services.graphql'), 'utf8'));
/** Taken by the idempotency layer before a resolver sees the input. */
const ELSEWHERE = new Set(['idempotencyKey', 'dryRun']);

it.each<[string, new () => object]>([
  ['ServicePortInput', ServicePortDto],
  ['ExposeVirtualMachineInput', ExposeVirtualMachineInput],
  ['UnexposeVirtualMachineInput', UnexposeVirtualMachineInput],
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

it.each<[string, Partial<ServiceBody>, string]>([
  ['a name that is none of the DNS', { name: '1web' }, '/name'],
  ['no port', { ports: [] }, '/ports'],
  ['a port that is none', { ports: [{ port: 0 }] }, '/ports/0/port'],
  ['a target that is none', { ports: [{ port: 1, targetPort: 70_000 }] }, '/ports/0/targetPort'],
  ['a port twice', { ports: [{ port: 1 }, { port: 1, name: 'two' }] }, '/ports/1/port'],
  [
    'two names that are the same',
    {
      ports: [
        { port: 1, name: 'a' },
        { port: 2, name: 'a' },
      ],
    },
    '/ports/1/name',
  ],
])('refuses a service with %s', (_what, more, pointer) => {
  expect(() => specifyService({ name: 'web', ports: [{ port: 80 }], ...more })).toThrow(
    expect.objectContaining({
      code: 'request.invalid',
      errors: expect.arrayContaining([expect.objectContaining({ pointer })]),
    }),
  );
});
