import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDefined, IsIn, IsOptional, IsString, MaxLength, ValidateNested } from 'class-validator';
import { InProject, NamedInProject, OfMachine } from '../../../platform/graphql/addressed-inputs.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import { EXPORT_FORMATS, type ExportFormat } from '../domain/observed.js';

// REST bodies, and what GraphQL's inputs add an address to.

export class ExportSourceInput {
  @ApiPropertyOptional({ type: String, nullable: true, description: 'A virtual machine that is stopped.' })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  vm?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  snapshot?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'A disk that no running machine uses.' })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  disk?: string | null;
}

export class CreateExportDto {
  @ApiProperty({ maxLength: 51 })
  @IsString()
  @MaxLength(63)
  name!: string;

  @ApiProperty({ type: ExportSourceInput, description: 'One of vm, snapshot and disk.' })
  @IsDefined()
  @ValidateNested()
  @Type(() => ExportSourceInput)
  source!: ExportSourceInput;

  @ApiPropertyOptional({ type: String, nullable: true, default: '1h', description: 'From "1m" to "7d".' })
  @IsOptional()
  @IsString()
  @MaxLength(32)
  ttl?: string | null;
}

export class CreateExportInput extends IntersectionType(CreateExportDto, InProject) {}

export class DeleteExportInput extends NamedInProject {}

const FORMATS: string[] = [...EXPORT_FORMATS];

export class CreateExportLinkDto {
  @ApiProperty({ description: 'One of the volumes of the export.' })
  @IsString()
  @MaxLength(253)
  volume!: string;

  @ApiPropertyOptional({ enum: FORMATS, nullable: true, default: 'raw' })
  @IsOptional()
  @IsIn(FORMATS)
  format?: ExportFormat | null;

  @ApiPropertyOptional({ type: String, nullable: true, default: '5m', description: 'At most "15m".' })
  @IsOptional()
  @IsString()
  @MaxLength(32)
  expiresIn?: string | null;
}

/** GraphQL's names have no dots. */
export const FORMAT_NAMES: Record<string, ExportFormat> = { raw: 'raw', gzip: 'gzip', tar_gz: 'tar.gz' };

export class CreateExportLinkInput extends InProject {
  @IsString()
  export!: string;

  @IsString()
  @MaxLength(253)
  volume!: string;

  @IsOptional()
  @IsIn(Object.keys(FORMAT_NAMES))
  format?: string | null;

  @IsOptional()
  @IsString()
  @MaxLength(32)
  expiresIn?: string | null;
}

export class CreateExportManifestsInput extends InProject {
  @IsString()
  export!: string;
}

export class DownloadQuery {
  @ApiPropertyOptional({ enum: FORMATS, default: 'raw' })
  @IsOptional()
  @IsIn(FORMATS)
  format?: ExportFormat;
}

export class ExportsQuery extends PageQuery {}

export class ExportsArgs extends ConnectionArgs {}

export class MemoryDumpDto {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'A disk that is there, with a file system.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  claim?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Of a new disk; default: enough.' })
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

export class DumpVirtualMachineMemoryInput extends IntersectionType(MemoryDumpDto, OfMachine) {}

export class RemoveDumpQuery {
  @ApiPropertyOptional({ enum: ['keep', 'delete'], default: 'keep' })
  @IsOptional()
  @IsIn(['keep', 'delete'])
  disk?: 'keep' | 'delete';
}

export class RemoveMemoryDumpInput extends OfMachine {
  @IsOptional()
  @IsIn(['KEEP', 'DELETE'])
  disk?: 'KEEP' | 'DELETE' | null;
}
