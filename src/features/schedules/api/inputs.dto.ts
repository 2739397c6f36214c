import { ApiProperty, ApiPropertyOptional, ApiSchema, IntersectionType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { DNS_LABEL } from '../../../kernel/dns-name.js';
import { InProject, NamedInProject, Precondition } from '../../../platform/graphql/addressed-inputs.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import { IsCron, IsIanaTimeZone, IsMatchLabels } from './validators.js';

const MOST_KEPT = 1000;
const KEEP = { type: Number, nullable: true, minimum: 1, maximum: MOST_KEPT } as const;
const CRON = { example: '0 3 * * *', description: 'Minute, hour, day of month, month, day of week.' };
const ZONE = { example: 'Europe/Berlin', description: 'Of the IANA database.' };
const LABELS = { type: Object, additionalProperties: { type: 'string' } } as const;

/** Absent in a change means "as it is", so null, which means nothing here, is refused. */
const IsGiven = () => ValidateIf((_body: unknown, value: unknown) => value !== undefined);

class KeepDto {
  @ApiPropertyOptional({ ...KEEP, description: 'The newest.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_KEPT)
  keepLast?: number | null;

  @ApiPropertyOptional({ ...KEEP, description: 'The newest of each of the latest days that have any.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_KEPT)
  keepDaily?: number | null;

  @ApiPropertyOptional({ ...KEEP, description: 'Of each of the latest weeks, which begin on Monday.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_KEPT)
  keepWeekly?: number | null;

  @ApiPropertyOptional({ ...KEEP, description: 'Of each of the latest months.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_KEPT)
  keepMonthly?: number | null;
}

@ApiSchema({ name: 'ScheduleSelector' })
export class SelectorDto {
  @ApiProperty({ ...LABELS, description: 'All must match; none select every machine of the project.' })
  @IsMatchLabels()
  matchLabels!: Record<string, string>;
}

@ApiSchema({ name: 'ScheduleSelectorChange' })
export class SelectorChangeDto {
  @ApiProperty({ ...LABELS, description: 'Merged (RFC 7396): null takes a label away.' })
  @IsMatchLabels({ removals: true })
  matchLabels!: Record<string, string | null>;
}

@ApiSchema({ name: 'CreateSnapshotSchedule' })
export class CreateScheduleDto extends KeepDto {
  @ApiProperty({ maxLength: 63, pattern: DNS_LABEL.source })
  @IsString()
  @Matches(DNS_LABEL, { message: 'must be of lower case letters, digits and "-", 63 at most' })
  name!: string;

  @ApiProperty(CRON)
  @IsCron()
  cron!: string;

  @ApiProperty(ZONE)
  @IsIanaTimeZone()
  timeZone!: string;

  @ApiProperty({ type: SelectorDto })
  @IsObject()
  @ValidateNested()
  @Type(() => SelectorDto)
  selector!: SelectorDto;

  @ApiPropertyOptional({ type: Boolean, nullable: true, default: false })
  @IsOptional()
  @IsBoolean()
  suspended?: boolean | null;
}

/** Whoever changes a schedule owns it from then on. */
@ApiSchema({ name: 'UpdateSnapshotSchedule' })
export class UpdateScheduleDto extends KeepDto {
  @ApiPropertyOptional(CRON)
  @IsGiven()
  @IsCron()
  cron?: string;

  @ApiPropertyOptional(ZONE)
  @IsGiven()
  @IsIanaTimeZone()
  timeZone?: string;

  @ApiPropertyOptional({ type: SelectorChangeDto })
  @IsOptional()
  @ValidateNested()
  @Type(() => SelectorChangeDto)
  selector?: SelectorChangeDto | null;

  @ApiPropertyOptional()
  @IsGiven()
  @IsBoolean()
  suspended?: boolean;
}

/** The query of `GET /snapshot-schedules`. */
export class SchedulesQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Part of the name.' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  q?: string;
}

// GraphQL's inputs are the bodies of REST, with what REST has in its path and headers.

export class CreateScheduleInput extends IntersectionType(CreateScheduleDto, InProject) {}

export class UpdateScheduleInput extends IntersectionType(UpdateScheduleDto, NamedInProject, Precondition) {}

export class DeleteScheduleInput extends IntersectionType(NamedInProject, Precondition) {}

export class SchedulesArgs extends ConnectionArgs {
  @IsOptional()
  @IsString()
  @MaxLength(128)
  q?: string | null;
}
