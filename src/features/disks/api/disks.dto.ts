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
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { PageQuery } from '../../../platform/paging/page-query.js';
import { DISK_ORDERS, type DiskOrder } from '../data/disk-row.js';
import {
  ACCESS_MODES,
  type AccessMode,
  type ChangeDiskBody,
  type CreateDiskBody,
  VOLUME_MODES,
  type VolumeMode,
} from '../domain/disk-body.js';
import { DISK_STATES, type DiskState } from '../domain/disk-view.js';
import { DiskSourceDto } from './disk-source.dto.js';

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
