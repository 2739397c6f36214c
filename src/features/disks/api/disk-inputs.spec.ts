import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import { type InputObjectTypeDefinitionNode, Kind, parse } from 'graphql';
import { ACCESS_MODES, VOLUME_MODES } from '../domain/disk-body.js';
import { DISK_STATES } from '../domain/disk-view.js';
import {
  CreateDiskInput,
  DeleteDiskInput,
  DISK_ORDER_NAMES,
  DiskFilterInput,
  ExpandDiskInput,
  UpdateDiskInput,
} from './disk-inputs.dto.js';
import { DiskSourceDto, ImportCredentialsDto } from './disks.dto.js';

const sdl = parse(readFileSync(join(import.meta.dirname, '../../../../graphql/disks.graphql'), 'utf8'));
/** Taken by the idempotency layer before a resolver sees the input. */
const ELSEWHERE = new Set(['idempotencyKey', 'dryRun']);

const CLASSES: Record<string, new () => object> = {
  CreateDiskInput,
  UpdateDiskInput,
  ExpandDiskInput,
  DeleteDiskInput,
  DiskFilter: DiskFilterInput,
  DiskSourceInput: DiskSourceDto,
  ImportCredentialsInput: ImportCredentialsDto,
};
/** Of virtual machines, whose own spec proves them. */
const OTHERS = ['AttachDiskInput', 'DetachDiskInput'];

const inputs = sdl.definitions.filter(
  (node): node is InputObjectTypeDefinitionNode => node.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION,
);

function ofClass(dto: new () => object): Record<string, string> {
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const optional = new Set(
    rules.filter(({ type }) => type === 'conditionalValidation').map(({ propertyName }) => propertyName),
  );
  return Object.fromEntries(
    rules.map(({ propertyName }) => [propertyName, optional.has(propertyName) ? 'optional' : 'required']),
  );
}

function ofSdl({ fields = [] }: InputObjectTypeDefinitionNode): Record<string, string> {
  return Object.fromEntries(
    fields
      .filter(({ name }) => !ELSEWHERE.has(name.value))
      .map(({ name, type }) => [name.value, type.kind === Kind.NON_NULL_TYPE ? 'required' : 'optional']),
  );
}

const enumValues = (name: string): string[] =>
  sdl.definitions.flatMap((node) =>
    node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === name
      ? (node.values ?? []).map((value) => value.name.value)
      : [],
  );

describe('the inputs of disks in GraphQL and the classes that check them', () => {
  it('are the same set', () => {
    const names = inputs.map(({ name }) => name.value).filter((name) => !OTHERS.includes(name));
    expect(names.sort()).toEqual(Object.keys(CLASSES).sort());
  });

  it.each(inputs.map((node) => [node.name.value, node] as const).filter(([name]) => !OTHERS.includes(name)))(
    'agree: %s',
    (name, node) => {
      expect(ofClass(CLASSES[name] as new () => object)).toEqual(ofSdl(node));
    },
  );

  it('know the same states, modes and orders', () => {
    expect(enumValues('DiskState')).toEqual([...DISK_STATES]);
    expect(enumValues('DiskAccessMode')).toEqual([...ACCESS_MODES]);
    expect(enumValues('DiskVolumeMode')).toEqual([...VOLUME_MODES]);
    expect(enumValues('DiskOrder')).toEqual([...DISK_ORDER_NAMES]);
  });
});
