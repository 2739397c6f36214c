import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { CONSISTENCIES, type Consistency } from '../domain/consistency.js';
import type { Indication } from '../domain/observed.js';
import type { ExcludedVolume } from '../domain/preflight.js';
import type { SnapshotView, SnapshotVolume } from '../domain/snapshot-view.js';
import { SNAPSHOT_STATES, type SnapshotState } from '../snapshots.contract.js';

/** The answers' shapes for OpenAPI: nothing is made of these classes. */
const nullable = (type: unknown, more: object = {}) =>
  ApiProperty({ type, nullable: true, ...more } as never);

@ApiSchema({ name: 'SnapshotIndication' })
export class IndicationDto implements Indication {
  @ApiProperty({ example: 'GuestAgent' }) name!: string;
  @nullable(String) message!: string | null;
}

@ApiSchema({ name: 'SnapshotVolume' })
export class SnapshotVolumeDto implements SnapshotVolume {
  @ApiProperty() name!: string;
  @ApiProperty() claim!: string;
  @nullable(String, { example: '10Gi' }) size!: string | null;
  @ApiProperty() ready!: boolean;
}

@ApiSchema({ name: 'ExcludedVolume' })
export class ExcludedVolumeDto implements ExcludedVolume {
  @ApiProperty() name!: string;
  @ApiProperty() reason!: string;
}

@ApiSchema({ name: 'SnapshotCreator' })
export class SnapshotCreatorDto {
  @ApiProperty() type!: string;
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
}

@ApiSchema({ name: 'Snapshot' })
export class SnapshotDto implements SnapshotView {
  @ApiProperty({ description: 'The uid in the cluster.' }) id!: string;
  @ApiProperty() name!: string;
  @ApiProperty() project!: string;
  @ApiProperty() virtualMachine!: string;
  @ApiProperty({ enum: SNAPSHOT_STATES }) state!: SnapshotState;
  @ApiProperty({ description: 'It can be restored.' }) ready!: boolean;
  @nullable(String, { enum: CONSISTENCIES }) consistency!: Consistency | null;
  @ApiProperty({ type: [IndicationDto] }) indications!: IndicationDto[];
  @ApiProperty({ type: [SnapshotVolumeDto] }) volumes!: SnapshotVolumeDto[];
  @ApiProperty({ type: [ExcludedVolumeDto] }) excludedVolumes!: ExcludedVolumeDto[];
  @nullable(String, { example: '10Gi' }) size!: string | null;
  @nullable(String, { example: '5m0s' }) failureDeadline!: string | null;
  @nullable(String) error!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } }) labels!: Record<string, string>;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @nullable(String, { format: 'date-time' }) takenAt!: string | null;
  @nullable(SnapshotCreatorDto) createdBy!: SnapshotCreatorDto | null;
  @ApiProperty() deleting!: boolean;
}

@ApiSchema({ name: 'SnapshotPage' })
export class SnapshotPageDto {
  @ApiProperty({ type: [SnapshotDto] }) items!: SnapshotDto[];
  @nullable(String) nextCursor!: string | null;
  @ApiProperty() total!: number;
}
