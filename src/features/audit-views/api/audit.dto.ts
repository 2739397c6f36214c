import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { MAX_PAGE_SIZE } from '../../../kernel/page.js';
import { PageQuery } from '../../../platform/paging/page-query.js';

const RESULTS = ['accepted', 'succeeded', 'failed', 'cancelled', 'refused'];

/** What REST's query and GraphQL's filter have in common. */
export interface AuditSearch {
  tenant?: string | null;
  project?: string | null;
  actor?: string | null;
  action?: string | null;
  result?: string | null;
  requestId?: string | null;
  from?: string | null;
  to?: string | null;
}

const IsAction = () =>
  Matches(/^[a-z][a-z.:-]{0,63}\*?$/, { message: 'action must be as in "vm.create", or "vm.*"' });
const IsTime = () => IsISO8601({ strict: true, strictSeparator: true });

/** `GET /audit/export`. */
export class AuditExportQuery implements AuditSearch {
  @ApiPropertyOptional({ description: 'Name or id.' })
  @IsOptional()
  @IsString()
  @MaxLength(63)
  tenant?: string;

  @ApiPropertyOptional({ description: 'Name, or id of one that is gone.' })
  @IsOptional()
  @IsString()
  @MaxLength(63)
  project?: string;

  @ApiPropertyOptional({ description: 'Name or id.' })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  actor?: string;

  @ApiPropertyOptional({ description: '`vm.create`, or `vm.*` for all that begin so.' })
  @IsOptional()
  @IsAction()
  action?: string;

  @ApiPropertyOptional({ enum: RESULTS })
  @IsOptional()
  @IsIn(RESULTS)
  result?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(128)
  requestId?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  @IsOptional()
  @IsTime()
  from?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Not included.' })
  @IsOptional()
  @IsTime()
  to?: string;
}

/** `GET /audit`. */
export class AuditQuery extends AuditExportQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MAX_PAGE_SIZE, default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE_SIZE)
  limit?: PageQuery['limit'];

  @ApiPropertyOptional({ description: '`nextCursor` of the page before.' })
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  cursor?: string;
}

/** `AuditFilter` of the schema. */
export class AuditFilterInput implements AuditSearch {
  @IsOptional()
  @IsString()
  @MaxLength(63)
  tenant?: string | null;

  @IsOptional()
  @IsString()
  @MaxLength(63)
  project?: string | null;

  @IsOptional()
  @IsString()
  @MaxLength(256)
  actor?: string | null;

  @IsOptional()
  @IsAction()
  action?: string | null;

  @IsOptional()
  @IsIn(RESULTS)
  result?: string | null;

  @IsOptional()
  @IsString()
  @MaxLength(128)
  requestId?: string | null;

  @IsOptional()
  @IsTime()
  from?: string | null;

  @IsOptional()
  @IsTime()
  to?: string | null;
}

/** The arguments of `Query.auditRecords`: the database pages forwards. */
export class AuditArgs {
  @IsOptional()
  @ValidateNested()
  @Type(() => AuditFilterInput)
  filter?: AuditFilterInput | null;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE_SIZE)
  first?: number | null;

  @IsOptional()
  @IsString()
  @MaxLength(2048)
  after?: string | null;
}

@ApiSchema({ name: 'AuditActor' })
export class AuditActorView {
  @ApiProperty() type!: string;
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ type: String, nullable: true, description: 'The token or sign-in that it used.' }) tokenId!:
    | string
    | null;
}

@ApiSchema({ name: 'AuditTarget' })
export class AuditTargetView {
  @ApiProperty() type!: string;
  @ApiProperty() name!: string;
}

@ApiSchema({ name: 'AuditRecord' })
export class AuditRecordView {
  @ApiProperty() id!: string;
  @ApiProperty({ format: 'date-time' }) at!: string;
  @ApiProperty({ type: AuditActorView }) actor!: AuditActorView;
  @ApiProperty() action!: string;
  @ApiProperty({ type: AuditTargetView }) target!: AuditTargetView;
  @ApiProperty({ type: String, nullable: true }) tenantId!: string | null;
  @ApiProperty({ type: String, nullable: true }) projectId!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Null where the project is gone.' }) project!:
    | string
    | null;
  @ApiProperty({ enum: RESULTS }) result!: string;
  @ApiProperty() requestId!: string;
  @ApiProperty({ type: String, nullable: true }) sourceAddress!: string | null;
  @ApiProperty({
    type: Object,
    additionalProperties: true,
    description: 'Facts without secrets: `fields` that were given, `changed` ones, `operation`, `code`.',
  })
  details!: Record<string, unknown>;
}

@ApiSchema({ name: 'AuditPage' })
export class AuditPageView {
  @ApiProperty({ type: [AuditRecordView] }) items!: AuditRecordView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
  @ApiProperty({ type: 'integer', description: 'All that the filter matches.' }) total!: number;
}
