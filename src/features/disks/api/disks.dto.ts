import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import type { CreatedBy } from '../../../kernel/created-by.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import { DISK_ORDERS, type DiskOrder } from '../data/disk-row.js';
import {
  ACCESS_MODES,
  type AccessMode,
  type ChangeDiskBody,
  type CreateDiskBody,
  type DiskSourceBody,
  VOLUME_MODES,
  type VolumeMode,
} from '../domain/disk-body.js';
import { DISK_STATES, type DiskState, type DiskUse, type DiskView } from '../domain/disk-view.js';

/** `{}`, or a boolean: there is nothing to say about an empty disk but that it is one. */
const IsMark = () =>
  ValidateBy({
    name: 'isMark',
    validator: {
      validate: (value) =>
        typeof value === 'boolean' ||
        (typeof value === 'object' &&
          value !== null &&
          !Array.isArray(value) &&
          Object.keys(value).length === 0),
      defaultMessage: () => 'must be {}',
    },
  });

@ApiSchema({ name: 'ImportCredentials' })
export class ImportCredentialsDto {
  @ApiProperty({ maxLength: 255 })
  @IsString()
  @MaxLength(255)
  username!: string;

  @ApiProperty({ maxLength: 1024, format: 'password' })
  @IsString()
  @MaxLength(1024)
  password!: string;
}

@ApiSchema({ name: 'DiskSource', description: 'Exactly one; `volume` goes with `snapshot`.' })
export class DiskSourceDto implements DiskSourceBody {
  @ApiPropertyOptional({ type: Object, nullable: true, example: {}, description: 'An empty disk of `size`.' })
  @IsOptional()
  @IsMark()
  blank?: object | boolean | null;

  @ApiPropertyOptional({
    type: Object,
    nullable: true,
    example: {},
    description: 'It waits for `PUT .../content`.',
  })
  @IsOptional()
  @IsMark()
  upload?: object | boolean | null;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'https://example.org/debian-12.qcow2' })
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  url?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: 'docker://quay.io/containerdisks/debian:12',
  })
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  registry?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'A disk of the project.' })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  disk?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'A snapshot of a virtual machine of the project.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  snapshot?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Which disk of the snapshot.' })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  volume?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'debian-12' })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  image?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: `sha256:${'0'.repeat(64)}`,
    description: 'Of url: what its bytes must be. A registry image is named by its digest instead.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  checksum?: string | null;

  @ApiPropertyOptional({
    type: ImportCredentialsDto,
    nullable: true,
    writeOnly: true,
    description: 'Of url and registry. Kept until the disk is filled, and never shown again.',
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ImportCredentialsDto)
  credentials?: ImportCredentialsDto | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'Of url and registry: authorities to trust as well, as PEM.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(65_536)
  certificates?: string | null;
}

@ApiSchema({ name: 'CreateDisk' })
export class CreateDiskDto implements CreateDiskBody {
  @ApiProperty({ example: 'data-1', maxLength: 63 })
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

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: '10Gi',
    description: 'Default 10Gi for url and registry, else the size of the source.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(32)
  size?: string | null;

  @ApiProperty({ type: DiskSourceDto })
  @IsObject()
  @ValidateNested()
  @Type(() => DiskSourceDto)
  source!: DiskSourceDto;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  storageClass?: string | null;

  @ApiPropertyOptional({
    enum: ACCESS_MODES,
    nullable: true,
    description: 'Default: what suits the storage class best.',
  })
  @IsOptional()
  @IsIn(ACCESS_MODES)
  accessMode?: AccessMode | null;

  @ApiPropertyOptional({ enum: VOLUME_MODES, nullable: true })
  @IsOptional()
  @IsIn(VOLUME_MODES)
  volumeMode?: VolumeMode | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true, description: 'Take all of its space at once.' })
  @IsOptional()
  @IsBoolean()
  preallocation?: boolean | null;
}

@ApiSchema({ name: 'ChangeDisk', description: 'A JSON merge patch.' })
export class ChangeDiskDto implements ChangeDiskBody {
  @ApiPropertyOptional({ type: String, example: '20Gi', description: 'More than it has.' })
  @ValidateIf((_object, value) => value !== undefined)
  @IsString()
  @MaxLength(32)
  size?: string;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 128 })
  @IsOptional()
  @IsString()
  displayName?: string | null;

  @ApiPropertyOptional({ type: Object, nullable: true })
  @IsOptional()
  @IsObject()
  labels?: Record<string, string | null> | null;
}

/** The query of `GET /disks`. */
export class DisksQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Part of the name or display name.' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  q?: string;

  @ApiPropertyOptional({ type: [String], description: '`key=value`, repeatable: all must match.' })
  @IsOptional()
  @Transform(({ value }) => (typeof value === 'string' ? [value] : value))
  @ArrayMaxSize(16)
  @Matches(/^[^=]+=[^=]*$/, { each: true, message: 'must be key=value' })
  label?: string[];

  @ApiPropertyOptional({ enum: DISK_STATES })
  @IsOptional()
  @IsIn(DISK_STATES)
  state?: DiskState;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(253)
  storageClass?: string;

  @ApiPropertyOptional({ description: 'The disks of this virtual machine.' })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  vm?: string;

  @ApiPropertyOptional({ type: Boolean, description: 'Whether a virtual machine uses it.' })
  @IsOptional()
  @Transform(({ value }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  attached?: boolean;

  @ApiPropertyOptional({ enum: DISK_ORDERS, default: 'name' })
  @IsOptional()
  @IsIn(DISK_ORDERS)
  sort?: DiskOrder;
}

/** The answers' shapes for OpenAPI: nothing is made of these classes. */
const nullable = (type: unknown, more: object = {}) =>
  ApiProperty({ type, nullable: true, ...more } as never);

@ApiSchema({ name: 'DiskUse' })
export class DiskUseDto implements DiskUse {
  @ApiProperty({ description: 'Name of the virtual machine.' }) machine!: string;
  @ApiProperty() volume!: string;
  @ApiProperty({ description: 'It holds the disk at this moment.' }) running!: boolean;
  @ApiProperty() readOnly!: boolean;
  @ApiProperty({ description: 'It lets other machines write to it as well.' }) shared!: boolean;
}

@ApiSchema({ name: 'Disk' })
export class DiskDto implements DiskView {
  @ApiProperty({ description: 'The uid of its claim in the cluster.' }) id!: string;
  @ApiProperty() name!: string;
  @nullable(String) displayName!: string | null;
  @ApiProperty() project!: string;
  @ApiProperty({ enum: DISK_STATES }) state!: DiskState;
  @nullable(Number, { minimum: 0, maximum: 100 }) progress!: number | null;
  @nullable(String) message!: string | null;
  @nullable(String, { example: '10Gi', description: 'What a guest sees.' }) size!: string | null;
  @nullable(String, { description: 'What it takes of the storage.' }) capacity!: string | null;
  @nullable(Object) source!: Record<string, unknown> | null;
  @nullable(String) storageClass!: string | null;
  @ApiProperty({ type: [String] }) accessModes!: string[];
  @nullable(String) volumeMode!: string | null;
  @ApiProperty({ description: 'Its storage class waits for a first user.' }) bindsOnFirstUse!: boolean;
  @ApiProperty() expandable!: boolean;
  @ApiProperty({ type: [DiskUseDto] }) attachedTo!: DiskUse[];
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } }) labels!: Record<string, string>;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @nullable(Object) createdBy!: CreatedBy | null;
  @ApiProperty() deleting!: boolean;
}

@ApiSchema({ name: 'DiskPage' })
export class DiskPageDto {
  @ApiProperty({ type: [DiskDto] }) items!: DiskDto[];
  @nullable(String) nextCursor!: string | null;
  @ApiProperty() total!: number;
}
