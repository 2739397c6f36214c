import { ApiProperty, ApiPropertyOptional, ApiSchema, IntersectionType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsIn,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  Validate,
  ValidateNested,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { DNS_LABEL } from '../../../kernel/dns-name.js';
import { NamedInProject, OfMachine, Precondition } from '../../../platform/graphql/addressed-inputs.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import { deadlineSeconds } from '../domain/deadline.js';
import { SNAPSHOT_STATES, type SnapshotState } from '../snapshots.contract.js';

@ValidatorConstraint({ name: 'deadline' })
export class IsDeadline implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return typeof value === 'string' && deadlineSeconds(value) !== null;
  }

  defaultMessage(): string {
    return 'must be a duration from "10s" to "24h"';
  }
}

@ApiSchema({ name: 'CreateSnapshot' })
export class CreateSnapshotDto {
  @ApiProperty({ maxLength: 63, description: 'Unique among the snapshots of the project.' })
  @IsString()
  @Matches(DNS_LABEL, { message: 'must be of lower case letters, digits and "-", 63 at most' })
  name!: string;

  @ApiPropertyOptional({ type: String, nullable: true, default: '5m', description: 'Such as "90s" or "5m".' })
  @IsOptional()
  @Validate(IsDeadline)
  failureDeadline?: string | null;
}

/** The query of `GET /snapshots`. */
export class SnapshotsQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'The machine that they were taken of.' })
  @IsOptional()
  @IsString()
  @MaxLength(63)
  vm?: string;

  @ApiPropertyOptional({ enum: SNAPSHOT_STATES })
  @IsOptional()
  @IsIn(SNAPSHOT_STATES)
  state?: SnapshotState;

  @ApiPropertyOptional({ description: 'Part of the name.' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  q?: string;
}

// GraphQL's inputs are the bodies of REST, with what REST has in its path and headers.

export class CreateSnapshotInput extends IntersectionType(CreateSnapshotDto, OfMachine) {}

export class DeleteSnapshotInput extends IntersectionType(NamedInProject, Precondition) {}

/** `filter` of `Project.snapshots`. */
export class SnapshotFilterInput {
  @IsOptional()
  @IsString()
  @MaxLength(63)
  virtualMachine?: string | null;

  @IsOptional()
  @IsIn(SNAPSHOT_STATES)
  state?: SnapshotState | null;

  @IsOptional()
  @IsString()
  @MaxLength(128)
  q?: string | null;
}

export class SnapshotsArgs extends ConnectionArgs {
  @IsOptional()
  @ValidateNested()
  @Type(() => SnapshotFilterInput)
  filter?: SnapshotFilterInput | null;
}
