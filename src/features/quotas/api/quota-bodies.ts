import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsObject, IsOptional, IsString, Max, MaxLength, Min, ValidateNested } from 'class-validator';

const COUNT = { type: 'integer', minimum: 0, nullable: true } as const;
const QUANTITY = { type: String, nullable: true, example: '64Gi' } as const;
const PERCENT = {
  type: 'integer',
  minimum: 1,
  maximum: 100,
  nullable: true,
  description: 'From this share of a limit on, operations are warned. Null: as by default.',
} as const;

/** What may be had of each resource: absent is the default, null no limit. Forms are checked in the domain. */
export class QuotaLimitsBody {
  [resource: string]: unknown;

  @ApiPropertyOptional(COUNT)
  @IsOptional()
  @IsInt()
  vms?: number | null;

  @ApiPropertyOptional(COUNT)
  @IsOptional()
  @IsInt()
  runningVms?: number | null;

  @ApiPropertyOptional(COUNT)
  @IsOptional()
  @IsInt()
  vcpus?: number | null;

  @ApiPropertyOptional(QUANTITY)
  @IsOptional()
  @IsString()
  memory?: string | null;

  @ApiPropertyOptional(QUANTITY)
  @IsOptional()
  @IsString()
  storage?: string | null;

  @ApiPropertyOptional({
    type: Object,
    additionalProperties: { type: 'string', nullable: true },
    nullable: true,
    description: 'Storage by storage class, within `storage`.',
  })
  @IsOptional()
  @IsObject()
  storageClasses?: Record<string, string | null> | null;

  @ApiPropertyOptional(COUNT)
  @IsOptional()
  @IsInt()
  disks?: number | null;

  @ApiPropertyOptional(COUNT)
  @IsOptional()
  @IsInt()
  snapshots?: number | null;

  @ApiPropertyOptional(QUANTITY)
  @IsOptional()
  @IsString()
  snapshotBytes?: string | null;

  @ApiPropertyOptional(COUNT)
  @IsOptional()
  @IsInt()
  exports?: number | null;

  @ApiPropertyOptional(COUNT)
  @IsOptional()
  @IsInt()
  images?: number | null;
}

export class PutProjectQuotaBody {
  @ApiProperty({ type: QuotaLimitsBody })
  @IsObject()
  @ValidateNested()
  @Type(() => QuotaLimitsBody)
  limits!: QuotaLimitsBody;

  @ApiPropertyOptional(PERCENT)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  warnAtPercent?: number | null;
}

export class PutTenantQuotaBody extends PutProjectQuotaBody {
  @ApiPropertyOptional({
    type: QuotaLimitsBody,
    nullable: true,
    description: 'For projects of the tenant that set nothing themselves.',
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => QuotaLimitsBody)
  projectDefaults?: QuotaLimitsBody | null;
}

export class PutQuotaDefaultsBody {
  @ApiPropertyOptional({ type: QuotaLimitsBody, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => QuotaLimitsBody)
  tenantLimits?: QuotaLimitsBody | null;

  @ApiPropertyOptional({ type: QuotaLimitsBody, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => QuotaLimitsBody)
  projectLimits?: QuotaLimitsBody | null;

  @ApiPropertyOptional(PERCENT)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  warnAtPercent?: number | null;
}

/* GraphQL's inputs: the bodies of REST and what REST says in the path. */
const MOST = 128;

export class SetProjectQuotaInput extends PutProjectQuotaBody {
  @IsString()
  @MaxLength(MOST)
  project!: string;
}

export class SetTenantQuotaInput extends PutTenantQuotaBody {
  @IsString()
  @MaxLength(MOST)
  tenant!: string;
}

export class SetQuotaDefaultsInput extends PutQuotaDefaultsBody {}
