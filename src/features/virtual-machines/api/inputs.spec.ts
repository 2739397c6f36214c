import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import { type InputObjectTypeDefinitionNode, Kind, parse } from 'graphql';
import { MACHINE_STATES } from '../domain/machine-view.js';
import { BootDiskDto, FirmwareDto } from './create.dto.js';
import {
  AffinityDto,
  CpuDto,
  CpuFeatureDto,
  HttpProbeDto,
  PlacementDto,
  ProbeDto,
  ProbesDto,
  TcpProbeDto,
  TolerationDto,
  WatchdogDto,
} from './features.dto.js';
import {
  CreateVirtualMachineInput,
  DeleteVirtualMachineInput,
  ORDER_NAMES,
  RestartVirtualMachineInput,
  StartVirtualMachineInput,
  StopVirtualMachineInput,
  UpdateVirtualMachineInput,
  VirtualMachineActionInput,
  VirtualMachineFilter,
} from './inputs.dto.js';
import { InterfaceBodyDto, InterfacePortDto } from './interface.dto.js';
import { AttachInterfaceInput, DetachInterfaceInput } from './interfaces.resolver.js';
import { PurgeVirtualMachineInput, UndeleteVirtualMachineInput } from './trash.dto.js';

const sdl = parse(
  ['virtual-machines', 'trash']
    .map((file) => readFileSync(join(import.meta.dirname, `../../../../graphql/${file}.graphql`), 'utf8'))
    .join('\n'),
);
/** Taken by the idempotency layer before a resolver sees the input. */
const ELSEWHERE = new Set(['idempotencyKey', 'dryRun']);

const sdlFields = (name: string): Record<string, 'required' | 'optional'> => {
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

const dtoFields = (dto: new () => object): Record<string, 'required' | 'optional'> => {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const optional = new Set(
    metadata.filter(({ type }) => type === 'conditionalValidation').map(({ propertyName }) => propertyName),
  );
  return Object.fromEntries(
    metadata.map(({ propertyName }) => [propertyName, optional.has(propertyName) ? 'optional' : 'required']),
  );
};

const enumValues = (name: string): string[] =>
  sdl.definitions.flatMap((definition) =>
    definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === name
      ? (definition.values ?? []).map((value) => value.name.value)
      : [],
  );

it.each<[string, new () => object]>([
  ['CreateVirtualMachineInput', CreateVirtualMachineInput],
  ['InterfaceInput', InterfaceBodyDto],
  ['InterfacePortInput', InterfacePortDto],
  ['AttachInterfaceInput', AttachInterfaceInput],
  ['DetachInterfaceInput', DetachInterfaceInput],
  ['UpdateVirtualMachineInput', UpdateVirtualMachineInput],
  ['DeleteVirtualMachineInput', DeleteVirtualMachineInput],
  ['UndeleteVirtualMachineInput', UndeleteVirtualMachineInput],
  ['PurgeVirtualMachineInput', PurgeVirtualMachineInput],
  ['StartVirtualMachineInput', StartVirtualMachineInput],
  ['StopVirtualMachineInput', StopVirtualMachineInput],
  ['RestartVirtualMachineInput', RestartVirtualMachineInput],
  ['VirtualMachineActionInput', VirtualMachineActionInput],
  ['VirtualMachineFilter', VirtualMachineFilter],
  ['BootDiskInput', BootDiskDto],
  ['FirmwareInput', FirmwareDto],
  ['CpuInput', CpuDto],
  ['CpuFeatureInput', CpuFeatureDto],
  ['PlacementInput', PlacementDto],
  ['AffinityInput', AffinityDto],
  ['TolerationInput', TolerationDto],
  ['ProbesInput', ProbesDto],
  ['ProbeInput', ProbeDto],
  ['HttpProbeInput', HttpProbeDto],
  ['TcpProbeInput', TcpProbeDto],
  ['WatchdogInput', WatchdogDto],
])('%s is the same in GraphQL and in the class that validates it', (name, dto) => {
  const fields = sdlFields(name);
  expect(Object.keys(fields).length).toBeGreaterThan(0);
  expect(dtoFields(dto)).toEqual(fields);
});

it('knows the same states and orders', () => {
  expect(new Set(enumValues('VirtualMachineState'))).toEqual(new Set(MACHINE_STATES));
  expect(enumValues('VirtualMachineOrder')).toEqual([...ORDER_NAMES]);
});
