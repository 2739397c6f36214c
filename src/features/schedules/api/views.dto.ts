import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import {
  MACHINE_STATES,
  RUN_STATES,
  type RunMachine,
  type RunMachineState,
  type RunState,
} from '../domain/schedule.js';
import type { RunView, ScheduleView } from '../domain/schedule-view.js';
import { SelectorDto } from './inputs.dto.js';

/** The answers' shapes for OpenAPI: nothing is made of these classes. */
const nullable = (type: unknown, more: object = {}) =>
  ApiProperty({ type, nullable: true, ...more } as never);

@ApiSchema({ name: 'ScheduleRunMachine' })
export class RunMachineDto implements RunMachine {
  @ApiProperty() virtualMachine!: string;
  @ApiProperty({ enum: MACHINE_STATES }) state!: RunMachineState;
  @ApiProperty() snapshot!: string;
  @nullable(String, { description: 'The id of the operation.' }) operation!: string | null;
  @nullable(String) reason!: string | null;
}

@ApiSchema({ name: 'ScheduleRun' })
export class RunDto implements RunView {
  @ApiProperty() id!: string;
  @ApiProperty({ format: 'date-time' }) scheduledFor!: string;
  @ApiProperty({ enum: RUN_STATES }) state!: RunState;
  @ApiProperty({ description: 'Earlier times that this run stands for: virtgate was away then.' })
  missedRuns!: number;
  @nullable(String) reason!: string | null;
  @ApiProperty({ type: [RunMachineDto] }) machines!: RunMachineDto[];
  @ApiProperty({ type: [String] }) deletedSnapshots!: string[];
  @ApiProperty({ format: 'date-time' }) startedAt!: string;
  @nullable(String, { format: 'date-time' }) finishedAt!: string | null;
}

@ApiSchema({ name: 'ScheduleOwner' })
export class ScheduleOwnerDto {
  @ApiProperty() type!: string;
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
}

@ApiSchema({ name: 'SnapshotSchedule' })
export class ScheduleDto implements ScheduleView {
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
  @ApiProperty() project!: string;
  @ApiProperty({ example: '0 3 * * *' }) cron!: string;
  @ApiProperty({ example: 'Europe/Berlin' }) timeZone!: string;
  @nullable(Number) keepLast!: number | null;
  @nullable(Number) keepDaily!: number | null;
  @nullable(Number) keepWeekly!: number | null;
  @nullable(Number) keepMonthly!: number | null;
  @ApiProperty({ type: SelectorDto }) selector!: SelectorDto;
  @ApiProperty() suspended!: boolean;
  @nullable(String, { description: 'Why virtgate suspended it.' }) suspendedReason!: string | null;
  @ApiProperty({ type: ScheduleOwnerDto, description: 'In whose name snapshots are taken.' })
  owner!: ScheduleOwnerDto;
  @ApiProperty({ type: [String], format: 'date-time', description: 'The next three.' }) nextRuns!: string[];
  @nullable(RunDto) lastRun!: RunDto | null;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @ApiProperty({ format: 'date-time' }) updatedAt!: string;
}

@ApiSchema({ name: 'SnapshotSchedulePage' })
export class SchedulePageDto {
  @ApiProperty({ type: [ScheduleDto] }) items!: ScheduleDto[];
  @nullable(String) nextCursor!: string | null;
  @ApiProperty() total!: number;
}
