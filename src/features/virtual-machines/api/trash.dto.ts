import { ApiProperty, ApiPropertyOptional, ApiSchema, IntersectionType } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import type { CreatedBy } from '../../../kernel/created-by.js';
import { NamedInProject, Precondition } from '../../../platform/graphql/addressed-inputs.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import type { TrashedDisk, TrashView } from '../domain/trash-view.js';

/** The query of `GET /trash`. */
export class TrashQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Part of the name or display name.' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  q?: string;
}

export class TrashArgs extends ConnectionArgs {
  @IsOptional()
  @IsString()
  @MaxLength(128)
  q?: string | null;
}

export class UndeleteVirtualMachineInput extends NamedInProject {}

export class PurgeVirtualMachineInput extends IntersectionType(NamedInProject, Precondition) {}

/** The answers' shapes for OpenAPI: nothing is made of these classes. */
const nullable = (type: unknown, more: object = {}) =>
  ApiProperty({ type, nullable: true, ...more } as never);
const TIME = { format: 'date-time' } as const;

@ApiSchema({ name: 'CreatedBy' })
export class RequesterDto implements CreatedBy {
  @ApiProperty() type!: string;
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
}

@ApiSchema({ name: 'TrashedDisk' })
export class TrashedDiskDto implements TrashedDisk {
  @ApiProperty() name!: string;
  @nullable(String, { example: '10Gi' }) size!: string | null;
  @ApiProperty({ enum: ['keep', 'delete'] }) onPurge!: 'keep' | 'delete';
}

@ApiSchema({ name: 'TrashedVirtualMachine' })
export class TrashedMachineDto implements TrashView {
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
  @nullable(String) displayName!: string | null;
  @ApiProperty() project!: string;
  @nullable(String, TIME) deletedAt!: string | null;
  @nullable(RequesterDto) deletedBy!: RequesterDto | null;
  @nullable(String, { ...TIME, description: 'When it goes for good.' }) purgeAt!: string | null;
  @ApiProperty({ description: 'What an undelete gives back.' }) runStrategy!: string;
  @ApiProperty({ description: 'Set in the cluster meanwhile: it is not purged.' }) deleteProtection!: boolean;
  @ApiProperty({ description: 'It still shuts down.' }) stopping!: boolean;
  @ApiProperty() purging!: boolean;
  @ApiProperty({ type: [TrashedDiskDto], description: 'That were made with it.' }) disks!: TrashedDiskDto[];
  @ApiProperty({ type: [String], description: 'That go at the purge.' }) snapshots!: string[];
  @ApiProperty(TIME) createdAt!: string;
  @ApiProperty({ type: Object, additionalProperties: { type: 'string' } }) labels!: Record<string, string>;
}

@ApiSchema({ name: 'TrashPage' })
export class TrashPageDto {
  @ApiProperty({ type: [TrashedMachineDto] }) items!: TrashedMachineDto[];
  @nullable(String) nextCursor!: string | null;
  @ApiProperty() total!: number;
}
