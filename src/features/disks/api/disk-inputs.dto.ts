import { IntersectionType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, IsString, MaxLength, ValidateNested } from 'class-validator';
import { InProject, NamedInProject, Precondition } from '../../../platform/graphql/addressed-inputs.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { DISK_STATES, type DiskState } from '../domain/disk-view.js';
import { ChangeDiskDto, CreateDiskDto } from './disks.dto.js';

// GraphQL's inputs are the bodies of REST, with what REST has in its path and headers.

export class CreateDiskInput extends IntersectionType(CreateDiskDto, InProject) {}

export class UpdateDiskInput extends IntersectionType(ChangeDiskDto, NamedInProject, Precondition) {}

export class ExpandDiskInput extends IntersectionType(NamedInProject, Precondition) {
  @IsString()
  @MaxLength(32)
  size!: string;
}

export class DeleteDiskInput extends IntersectionType(NamedInProject, Precondition) {}

/** `filter` of `Project.disks`. */
export class DiskFilterInput {
  @IsOptional()
  @IsString()
  @MaxLength(128)
  q?: string | null;

  @IsOptional()
  @IsIn(DISK_STATES)
  state?: DiskState | null;

  @IsOptional()
  @IsString()
  @MaxLength(253)
  storageClass?: string | null;

  @IsOptional()
  @IsString()
  @MaxLength(253)
  virtualMachine?: string | null;

  @IsOptional()
  @IsBoolean()
  attached?: boolean | null;

  @IsOptional()
  @IsString({ each: true })
  labels?: string[] | null;
}

export const DISK_ORDER_NAMES = ['NAME', 'NAME_DESC', 'CREATED_AT', 'CREATED_AT_DESC'] as const;

export class DisksArgs extends ConnectionArgs {
  @IsOptional()
  @ValidateNested()
  @Type(() => DiskFilterInput)
  filter?: DiskFilterInput | null;

  @IsOptional()
  @IsIn(DISK_ORDER_NAMES)
  orderBy?: (typeof DISK_ORDER_NAMES)[number] | null;
}
