import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { MOVE_CAUSES, type MoveCause } from '../../virtual-machines/moves.contract.js';
import { MIGRATION_MODES, type MigrationBytes, type MigrationView } from '../domain/migration-view.js';
import { MIGRATION_STATES, type MigrationState } from '../domain/observed.js';

/** The answers' shapes for OpenAPI: nothing is made of these classes. */
const nullable = (type: unknown, more: object = {}) =>
  ApiProperty({ type, nullable: true, ...more } as never);

@ApiSchema({ name: 'MigrationBytes' })
export class MigrationBytesDto implements MigrationBytes {
  @nullable(Number) total!: number | null;
  @nullable(Number) transferred!: number | null;
  @nullable(Number) remaining!: number | null;
}

@ApiSchema({ name: 'MigrationCreator' })
export class MigrationCreatorDto {
  @ApiProperty() type!: string;
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
}

@ApiSchema({ name: 'Migration' })
export class MigrationDto implements MigrationView {
  @ApiProperty({ description: 'The uid in the cluster.' }) id!: string;
  @ApiProperty() name!: string;
  @ApiProperty() project!: string;
  @ApiProperty() virtualMachine!: string;
  @ApiProperty({ enum: MIGRATION_STATES }) state!: MigrationState;
  @ApiProperty({
    enum: MOVE_CAUSES,
    description:
      '`update` and `volumes`: of KubeVirt itself, for a change that the running machine was given.',
  })
  cause!: MoveCause;
  @nullable(String, { enum: MIGRATION_MODES }) mode!: string | null;
  @nullable(String) sourceNode!: string | null;
  @nullable(String) targetNode!: string | null;
  @nullable(MigrationBytesDto, { description: 'Null where the cluster does not tell.' })
  bytes!: MigrationBytesDto | null;
  @nullable(Number, { description: 'How long the guest stood still.' }) downtimeMs!: number | null;
  @nullable(String, { description: 'The migration policy that applied.' }) policy!: string | null;
  @nullable(String, { description: 'Why it failed, or why it has to wait.' }) reason!: string | null;
  @ApiProperty() cancelRequested!: boolean;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @nullable(String, { format: 'date-time' }) startedAt!: string | null;
  @nullable(String, { format: 'date-time' }) endedAt!: string | null;
  @nullable(MigrationCreatorDto) createdBy!: MigrationCreatorDto | null;
  @nullable(String, { description: 'Null where it was not begun through virtgate.' }) operation!:
    | string
    | null;
}

@ApiSchema({ name: 'MigrationPage' })
export class MigrationPageDto {
  @ApiProperty({ type: [MigrationDto] }) items!: MigrationDto[];
  @nullable(String) nextCursor!: string | null;
  @ApiProperty() total!: number;
}
