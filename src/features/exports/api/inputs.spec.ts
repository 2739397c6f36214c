import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import { type EnumTypeDefinitionNode, type InputObjectTypeDefinitionNode, Kind, parse } from 'graphql';
import { EXPORT_STATES } from '../domain/export-view.js';
import {
  CreateExportInput,
  CreateExportLinkInput,
  CreateExportManifestsInput,
  DeleteExportInput,
  DumpVirtualMachineMemoryInput,
  ExportSourceInput,
  FORMAT_NAMES,
  RemoveMemoryDumpInput,
} from './exports.dto.js';

const sdl = parse(readFileSync(join(import.meta.dirname, '../../../../graphql/exports.graphql'), 'utf8'));
/** Taken by the idempotency layer before a resolver sees the input. */
const ELSEWHERE = new Set(['idempotencyKey', 'dryRun']);

const sdlFields = (name: string): Record<string, string> => {
  const input = sdl.definitions.find(
    (definition): definition is InputObjectTypeDefinitionNode =>
      definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION && definition.name.value === name,
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

const enumValues = (name: string): string[] =>
  sdl.definitions
    .filter(
      (definition): definition is EnumTypeDefinitionNode =>
        definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === name,
    )
    .flatMap(({ values }) => (values ?? []).map((value) => value.name.value));

it.each<[string, new () => object]>([
  ['CreateExportInput', CreateExportInput],
  ['ExportSourceInput', ExportSourceInput],
  ['DeleteExportInput', DeleteExportInput],
  ['CreateExportLinkInput', CreateExportLinkInput],
  ['CreateExportManifestsInput', CreateExportManifestsInput],
  ['DumpVirtualMachineMemoryInput', DumpVirtualMachineMemoryInput],
  ['RemoveMemoryDumpInput', RemoveMemoryDumpInput],
])('%s is the same in GraphQL and in the class that validates it', (name, dto) => {
  const fields = sdlFields(name);
  expect(Object.keys(fields).length).toBeGreaterThan(0);
  expect(dtoFields(dto)).toEqual(fields);
});

it('knows the same states and formats', () => {
  expect(enumValues('ExportState')).toEqual([...EXPORT_STATES]);
  expect(enumValues('ExportFormat')).toEqual(Object.keys(FORMAT_NAMES));
});
