import { ApiProperty, ApiPropertyOptional, ApiSchema, IntersectionType } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, MaxLength } from 'class-validator';
import { OfMachine } from '../../../platform/graphql/addressed-inputs.js';
import {
  type AttachBody,
  DISK_BUSES,
  DISK_KINDS,
  type DiskBus,
  type DiskKind,
} from '../domain/attachment.js';

@ApiSchema({ name: 'AttachDisk' })
export class AttachDiskDto implements AttachBody {
  @ApiProperty({ description: 'A disk of the project.' })
  @IsString()
  @MaxLength(253)
  disk!: string;

  @ApiPropertyOptional({ enum: DISK_KINDS, nullable: true, default: 'disk' })
  @IsOptional()
  @IsIn(DISK_KINDS)
  kind?: DiskKind | null;

  @ApiPropertyOptional({
    enum: DISK_BUSES,
    nullable: true,
    description: 'Default: virtio, scsi while the machine runs, sata for a CD-ROM.',
  })
  @IsOptional()
  @IsIn(DISK_BUSES)
  bus?: DiskBus | null;

  @ApiPropertyOptional({
    type: Number,
    nullable: true,
    description: 'Whoever has it or a later one moves back.',
  })
  @IsOptional()
  @IsInt()
  bootOrder?: number | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true })
  @IsOptional()
  @IsBoolean()
  readOnly?: boolean | null;

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    description:
      'Several machines write to it: their file system has to be made for that, and its storage ReadWriteMany.',
  })
  @IsOptional()
  @IsBoolean()
  shared?: boolean | null;
}

export class AttachDiskInput extends IntersectionType(AttachDiskDto, OfMachine) {}

export class DetachDiskInput extends OfMachine {
  @IsString()
  @MaxLength(253)
  disk!: string;
}
