import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import {
  type BootDiskBody,
  type CreateBody,
  EVICTION_STRATEGIES,
  type EvictionStrategy,
  RUN_STRATEGIES,
  type RunStrategy,
} from '../domain/create-body.js';

import {
  INTERFACE_MODELS,
  type InterfaceBody,
  type InterfaceModel,
  PORT_PROTOCOLS,
  type PortBody,
  type PortProtocol,
} from '../domain/interfaces.js';
import { CpuDto, PlacementDto, ProbesDto, WatchdogDto } from './features.dto.js';

/** Types and lengths are held here; what a value means is held by the domain, for REST and GraphQL alike. */
@ApiSchema({
  name: 'BootDisk',
  description: 'Exactly one source. Of image, disk and snapshot, the disk is a copy.',
})
export class BootDiskDto implements BootDiskBody {
  @ApiPropertyOptional({ type: String, nullable: true, example: 'https://example.org/debian-12.qcow2' })
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  url?: string | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true, description: 'An empty disk of `size`.' })
  @IsOptional()
  @IsBoolean()
  blank?: boolean | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: 'debian-12',
    description: 'A name, or project/name. Its default instance type and preference apply.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  image?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: 'docker://quay.io/containerdisks/debian:12',
    description: 'A container disk.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  registry?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  disk?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  snapshot?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: '10Gi',
    description: 'Default: that of the image, disk or snapshot; 10Gi for url and registry.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(32)
  size?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  storageClass?: string | null;
}

@ApiSchema({ name: 'Firmware' })
export class FirmwareDto {
  @ApiPropertyOptional({ type: Boolean, nullable: true })
  @IsOptional()
  @IsBoolean()
  uefi?: boolean | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true, description: 'Needs uefi.' })
  @IsOptional()
  @IsBoolean()
  secureBoot?: boolean | null;
}

@ApiSchema({ name: 'InterfacePort' })
export class InterfacePortDto implements PortBody {
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 65535 })
  @IsInt()
  port!: number;

  @ApiPropertyOptional({ enum: PORT_PROTOCOLS, nullable: true, default: 'TCP' })
  @IsOptional()
  @IsIn(PORT_PROTOCOLS)
  protocol?: PortProtocol | null;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 15 })
  @IsOptional()
  @IsString()
  @MaxLength(15)
  name?: string | null;
}

@ApiSchema({ name: 'Interface' })
export class InterfaceBodyDto implements InterfaceBody {
  @ApiProperty({ example: 'pod', description: 'As `GET .../networks` names it.' })
  @IsString()
  @MaxLength(253)
  network!: string;

  @ApiPropertyOptional({ type: String, nullable: true, description: "Default: the network's name." })
  @IsOptional()
  @IsString()
  @MaxLength(63)
  name?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Default: one that is made, and stays.' })
  @IsOptional()
  @IsString()
  @MaxLength(17)
  mac?: string | null;

  @ApiPropertyOptional({ enum: INTERFACE_MODELS, nullable: true })
  @IsOptional()
  @IsIn(INTERFACE_MODELS)
  model?: InterfaceModel | null;

  @ApiPropertyOptional({
    type: [InterfacePortDto],
    nullable: true,
    description: 'The only ones that reach the guest on the pod network; default: all.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(32)
  @ValidateNested({ each: true })
  @Type(() => InterfacePortDto)
  ports?: InterfacePortDto[] | null;
}

@ApiSchema({ name: 'CreateVirtualMachine' })
export class CreateVirtualMachineDto implements CreateBody {
  @ApiProperty({ example: 'web-1', maxLength: 53 })
  @IsString()
  name!: string;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 128 })
  @IsOptional()
  @IsString()
  displayName?: string | null;

  @ApiPropertyOptional({ type: Object, nullable: true, example: { app: 'web' } })
  @IsOptional()
  @IsObject()
  labels?: Record<string, string> | null;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'u1.medium' })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  instanceType?: string | null;

  @ApiPropertyOptional({ type: Number, nullable: true, description: 'With memory, instead of instanceType.' })
  @IsOptional()
  @IsInt()
  cpus?: number | null;

  @ApiPropertyOptional({ type: String, nullable: true, example: '2Gi' })
  @IsOptional()
  @IsString()
  @MaxLength(32)
  memory?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'fedora' })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  preference?: string | null;

  @ApiProperty({ type: BootDiskDto })
  @IsObject()
  @ValidateNested()
  @Type(() => BootDiskDto)
  bootDisk!: BootDiskDto;

  @ApiPropertyOptional({
    type: [InterfaceBodyDto],
    nullable: true,
    description: 'In the order of the guest. Default: the pod network; an empty list: none.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(16)
  @ValidateNested({ each: true })
  @Type(() => InterfaceBodyDto)
  networks?: InterfaceBodyDto[] | null;

  @ApiPropertyOptional({ type: [String], nullable: true, description: 'OpenSSH public keys, one line each.' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsString({ each: true })
  @MaxLength(16_384, { each: true })
  sshKeys?: string[] | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'For cloud-init; at most 32 KiB.' })
  @IsOptional()
  @IsString()
  userData?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: "cloud-init's network configuration, version 1 or 2; at most 32 KiB.",
  })
  @IsOptional()
  @IsString()
  networkData?: string | null;

  @ApiPropertyOptional({ enum: RUN_STRATEGIES, nullable: true })
  @IsOptional()
  @IsIn(RUN_STRATEGIES)
  runStrategy?: RunStrategy | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true, default: true })
  @IsOptional()
  @IsBoolean()
  start?: boolean | null;

  @ApiPropertyOptional({ enum: EVICTION_STRATEGIES, nullable: true })
  @IsOptional()
  @IsIn(EVICTION_STRATEGIES)
  evictionStrategy?: EvictionStrategy | null;

  @ApiPropertyOptional({ type: FirmwareDto, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => FirmwareDto)
  firmware?: FirmwareDto | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true, description: 'An emulated TPM 2.0, not persistent.' })
  @IsOptional()
  @IsBoolean()
  tpm?: boolean | null;

  @ApiPropertyOptional({ type: CpuDto, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => CpuDto)
  cpu?: CpuDto | null;

  @ApiPropertyOptional({ type: PlacementDto, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => PlacementDto)
  placement?: PlacementDto | null;

  @ApiPropertyOptional({ type: ProbesDto, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ProbesDto)
  probes?: ProbesDto | null;

  @ApiPropertyOptional({ type: WatchdogDto, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => WatchdogDto)
  watchdog?: WatchdogDto | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true })
  @IsOptional()
  @IsBoolean()
  deleteProtection?: boolean | null;
}
