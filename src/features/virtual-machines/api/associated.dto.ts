import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import {
  type AssociatedConsole,
  type AssociatedDisk,
  type AssociatedExport,
  type AssociatedResources,
  type AssociatedSnapshot,
  type Disposition,
  EXPORT_SOURCES,
  type ExportSource,
} from '../domain/associated-resources.js';
import { RequesterDto } from './trash.dto.js';

/** The answers' shapes for OpenAPI: nothing is made of these classes. */
const SIZE = { type: String, nullable: true, example: '10Gi' } as const;
const ON_DELETE = { enum: ['keep', 'delete'] };

@ApiSchema({ name: 'AssociatedDisk' })
export class AssociatedDiskDto implements AssociatedDisk {
  @ApiProperty() name!: string;
  @ApiProperty(SIZE) size!: string | null;
  @ApiProperty({ description: 'Made with the machine. All others stay, whatever is asked.' }) own!: boolean;
  @ApiProperty(ON_DELETE) onDelete!: Disposition;
  @ApiProperty({ type: [String], description: 'Other machines that use it.' }) usedBy!: string[];
}

@ApiSchema({ name: 'AssociatedSnapshot' })
export class AssociatedSnapshotDto implements AssociatedSnapshot {
  @ApiProperty() name!: string;
  @ApiProperty() ready!: boolean;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @ApiProperty(SIZE) size!: string | null;
  @ApiProperty(ON_DELETE) onDelete!: Disposition;
}

@ApiSchema({ name: 'AssociatedExport' })
export class AssociatedExportDto implements AssociatedExport {
  @ApiProperty() name!: string;
  @ApiProperty({ enum: EXPORT_SOURCES }) source!: ExportSource;
  @ApiProperty() sourceName!: string;
  @ApiProperty({ description: 'False where what it reads goes with the machine.' }) survives!: boolean;
}

@ApiSchema({ name: 'AssociatedConsole' })
export class AssociatedConsoleDto implements AssociatedConsole {
  @ApiProperty() id!: string;
  @ApiProperty() type!: string;
  @ApiProperty({ type: RequesterDto }) requestedBy!: RequesterDto;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Null: not used yet.' })
  connectedAt!: string | null;
}

@ApiSchema({ name: 'AssociatedResources' })
export class AssociatedResourcesDto implements AssociatedResources {
  @ApiProperty() virtualMachine!: string;
  @ApiProperty() deleteProtection!: boolean;
  @ApiProperty({ description: 'Its consoles are closed and its instance ends.' }) running!: boolean;
  @ApiProperty({ type: [AssociatedDiskDto] }) disks!: AssociatedDiskDto[];
  @ApiProperty({ type: [AssociatedSnapshotDto] }) snapshots!: AssociatedSnapshotDto[];
  @ApiProperty({ type: [AssociatedExportDto] }) exports!: AssociatedExportDto[];
  @ApiProperty({ type: [AssociatedConsoleDto], description: 'All of them end.' })
  consoleSessions!: AssociatedConsoleDto[];
}
