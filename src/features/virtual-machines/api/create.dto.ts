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
  RUN_STRATEGIES,
  type RunStrategy,
} from '../domain/create-body.js';
import { SshAccessBodyDto, SysprepDto } from './guest-setup.dto.js';
import { InterfaceBodyDto } from './interface.dto.js';
import { MachineFieldsDto } from './machine-fields.dto.js';

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

  @ApiPropertyOptional({
    type: Number,
    nullable: true,
    description: '1 boots first. Default: the first place that no network has.',
  })
  @IsOptional()
  @IsInt()
  bootOrder?: number | null;
}

@ApiSchema({ name: 'CreateVirtualMachine' })
export class CreateVirtualMachineDto extends MachineFieldsDto implements CreateBody {
  @ApiProperty({ example: 'web-1', maxLength: 53 })
  @IsString()
  name!: string;

  @ApiPropertyOptional({ type: Object, nullable: true, example: { app: 'web' } })
  @IsOptional()
  @IsObject()
  labels?: Record<string, string> | null;

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

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    description:
      "OpenSSH public keys, one line each, or names of the project's. They go in with the user data. Default: the project's automatic keys.",
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsString({ each: true })
  @MaxLength(16_384, { each: true })
  sshKeys?: string[] | null;

  @ApiPropertyOptional({
    type: SshAccessBodyDto,
    nullable: true,
    description: 'Keys that the guest agent brings in, and changes while the guest runs.',
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => SshAccessBodyDto)
  sshAccess?: SshAccessBodyDto | null;

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

  @ApiPropertyOptional({
    type: SysprepDto,
    nullable: true,
    description: "Answers for Windows' setup, on a CD.",
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => SysprepDto)
  sysprep?: SysprepDto | null;

  @ApiPropertyOptional({ enum: RUN_STRATEGIES, nullable: true })
  @IsOptional()
  @IsIn(RUN_STRATEGIES)
  runStrategy?: RunStrategy | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true, default: true })
  @IsOptional()
  @IsBoolean()
  start?: boolean | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true })
  @IsOptional()
  @IsBoolean()
  deleteProtection?: boolean | null;
}
