import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import type { FailureRecord } from '../../../kernel/failure.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import type { OperationState, OperationStep, OperationView } from '../operations.contract.js';
import type { OperationSearch } from './operation-list.js';

export const OPERATION_STATES = ['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const;
export const TARGET_PATTERN = /^[a-z0-9.-]{1,63}(\/[a-z0-9.-]{1,253})?$/;
export const KIND_PATTERN = /^[a-z0-9.-]{1,63}$/;
const STEP_STATES = ['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'SKIPPED'] as const;

export class OperationsQuery extends PageQuery implements OperationSearch {
  @ApiPropertyOptional({ description: 'Operations of this project only.' })
  @IsOptional()
  @IsString()
  @MaxLength(63)
  project?: string;

  @ApiPropertyOptional({ description: '`type/name`, or a name.', example: 'virtual-machine/web-1' })
  @IsOptional()
  @Matches(TARGET_PATTERN, { message: 'target must be type/name or a name' })
  target?: string;

  @ApiPropertyOptional({ example: 'vm.create' })
  @IsOptional()
  @Matches(KIND_PATTERN, { message: 'kind must be a kind of operation, such as vm.create' })
  kind?: string;

  @ApiPropertyOptional({ enum: OPERATION_STATES })
  @IsOptional()
  @IsIn(OPERATION_STATES)
  state?: OperationState;
}

/** The shapes for OpenAPI: nothing is made of these classes. */
export class OperationStepDto implements OperationStep {
  @ApiProperty() name!: string;
  @ApiProperty({ enum: STEP_STATES }) state!: OperationStep['state'];
  @ApiProperty({ type: String, nullable: true }) message!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) startedAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) finishedAt!: string | null;
}

export class OperationTargetDto {
  @ApiProperty({ example: 'virtual-machine' }) type!: string;
  @ApiProperty({ type: String, nullable: true, description: "Null for what is the platform's." })
  project!: string | null;
  @ApiProperty() name!: string;
}

export class OperationErrorDto implements FailureRecord {
  @ApiProperty() code!: string;
  @ApiProperty() message!: string;
  @ApiProperty({ type: String, nullable: true }) hint!: string | null;
}

export class OperationRequesterDto {
  @ApiProperty({ enum: ['user', 'service-account'] }) type!: string;
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
}

export class OperationDto implements OperationView {
  @ApiProperty({ format: 'uuid' }) id!: string;
  @ApiProperty({ example: 'vm.create' }) kind!: string;
  @ApiProperty({ enum: OPERATION_STATES }) state!: OperationState;
  @ApiProperty({ type: Number, nullable: true, minimum: 0, maximum: 100 }) progress!: number | null;
  @ApiProperty() target!: OperationTargetDto;
  @ApiProperty({ type: [OperationStepDto] }) steps!: OperationStepDto[];
  @ApiProperty({ type: [String] }) warnings!: string[];
  @ApiProperty({ type: OperationErrorDto, nullable: true }) error!: OperationErrorDto | null;
  @ApiProperty({ type: Object, nullable: true }) result!: Record<string, unknown> | null;
  @ApiProperty({ description: 'Whether a cancel would be accepted now.' }) cancellable!: boolean;
  @ApiProperty() requestedBy!: OperationRequesterDto;
  @ApiProperty() requestId!: string;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) startedAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) finishedAt!: string | null;
}

export class OperationPageDto {
  @ApiProperty({ type: [OperationDto] }) items!: OperationDto[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
  @ApiProperty() total!: number;
}
