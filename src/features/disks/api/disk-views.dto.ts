import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { CreatedBy } from '../../../kernel/created-by.js';
import { DISK_STATES, type DiskState, type DiskUse, type DiskView } from '../domain/disk-view.js';

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
