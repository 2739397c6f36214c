import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { Page } from '../../../kernel/page.js';
import {
  RESTORE_STATES,
  type RestoredVolume,
  type RestoreState,
  type RestoreView,
} from '../domain/restore-view.js';

/** The answers' shapes for OpenAPI: nothing is made of these classes. */
const nullable = (type: unknown, more: object = {}) =>
  ApiProperty({ type, nullable: true, ...more } as never);

@ApiSchema({ name: 'RestoredVolume' })
export class RestoredVolumeDto implements RestoredVolume {
  @ApiProperty() name!: string;
  @ApiProperty({ description: 'The claim that the volume has now.' }) claim!: string;
}

@ApiSchema({ name: 'RestoreCreator' })
export class RestoreCreatorDto {
  @ApiProperty() type!: string;
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
}

@ApiSchema({ name: 'Restore' })
export class RestoreDto implements RestoreView {
  @ApiProperty({ description: 'The uid in the cluster.' }) id!: string;
  @ApiProperty() name!: string;
  @ApiProperty() project!: string;
  @ApiProperty() snapshot!: string;
  @ApiProperty() virtualMachine!: string;
  @ApiProperty({ enum: RESTORE_STATES }) state!: RestoreState;
  @nullable(String) message!: string | null;
  @ApiProperty({ type: [RestoredVolumeDto] }) volumes!: RestoredVolumeDto[];
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @nullable(String, { format: 'date-time' }) restoredAt!: string | null;
  @nullable(String, { description: 'The operation that it belongs to.' }) operation!: string | null;
  @nullable(RestoreCreatorDto) createdBy!: RestoreCreatorDto | null;
}

@ApiSchema({ name: 'RestorePage' })
export class RestorePageDto implements Page<RestoreView> {
  @ApiProperty({ type: [RestoreDto] }) items!: RestoreDto[];
  @nullable(String) nextCursor!: string | null;
  @ApiProperty() total!: number;
}
