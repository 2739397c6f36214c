import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { Page } from '../../../kernel/page.js';
import {
  EXPORT_STATES,
  type ExportState,
  type ExportView,
  type ExportVolumeView,
} from '../domain/export-view.js';
import { EXPORT_FORMATS, type ExportFormat, type MemoryDumpRequest } from '../domain/observed.js';

/** The answers' shapes for OpenAPI: nothing is made of these classes. */
const nullable = (type: unknown, more: object = {}) =>
  ApiProperty({ type, nullable: true, ...more } as never);

@ApiSchema({ name: 'ExportVolume' })
export class ExportVolumeDto implements ExportVolumeView {
  @ApiProperty() name!: string;
  @nullable(String, { example: '10Gi' }) size!: string | null;
  @ApiProperty({ enum: EXPORT_FORMATS, isArray: true }) formats!: ExportFormat[];
}

@ApiSchema({ name: 'ExportSource' })
export class ExportSourceDto {
  @nullable(String) vm!: string | null;
  @nullable(String) snapshot!: string | null;
  @nullable(String) disk!: string | null;
}

@ApiSchema({ name: 'ExportCreator' })
export class ExportCreatorDto {
  @ApiProperty() type!: string;
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
}

@ApiSchema({ name: 'Export' })
export class ExportDto implements ExportView {
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
  @ApiProperty() project!: string;
  @ApiProperty({ type: ExportSourceDto }) source!: ExportSourceDto;
  @ApiProperty({ enum: EXPORT_STATES }) state!: ExportState;
  @nullable(String) message!: string | null;
  @nullable(Number) ttlSeconds!: number | null;
  @nullable(String, { format: 'date-time' }) expiresAt!: string | null;
  @ApiProperty({ type: [ExportVolumeDto] }) volumes!: ExportVolumeDto[];
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @nullable(ExportCreatorDto) createdBy!: ExportCreatorDto | null;
}

@ApiSchema({ name: 'ExportPage' })
export class ExportPageDto implements Page<ExportView> {
  @ApiProperty({ type: [ExportDto] }) items!: ExportDto[];
  @nullable(String) nextCursor!: string | null;
  @ApiProperty() total!: number;
}

@ApiSchema({ name: 'ExportLink' })
export class ExportLinkDto {
  @ApiProperty() id!: string;
  @ApiProperty({ format: 'uri', description: 'Good for one download, without any other credential.' })
  url!: string;
  @ApiProperty({ format: 'date-time' }) expiresAt!: string;
}

@ApiSchema({ name: 'MemoryDump' })
export class MemoryDumpViewDto implements Omit<MemoryDumpRequest, 'claim'> {
  @ApiProperty() disk!: string;
  @ApiProperty() phase!: string;
  @nullable(String) fileName!: string | null;
  @nullable(String) message!: string | null;
  @nullable(String, { format: 'date-time' }) startedAt!: string | null;
  @nullable(String, { format: 'date-time' }) endedAt!: string | null;
}
