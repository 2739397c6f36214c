import { ApiProperty, ApiPropertyOptional, ApiSchema, IntersectionType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  registerDecorator,
  ValidateNested,
} from 'class-validator';
import { Precondition } from '../../../platform/graphql/addressed-inputs.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import type { LimitsBody } from '../domain/limits.js';
import { canonicalBandwidth } from '../domain/policy.js';
import type { CreatePolicyBody, PolicyBody, SelectorsBody } from '../domain/policy-body.js';

const MOST_LABELS = 32;
const KEY = /^(?:[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^(?:[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

function isLabels(value: unknown, removals: boolean): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= MOST_LABELS &&
    entries.every(
      ([key, one]) =>
        KEY.test(key) && ((removals && one === null) || (typeof one === 'string' && VALUE.test(one))),
    )
  );
}

/** Kubernetes labels; where `removals`, null takes one away. */
function IsSelector({ removals = false } = {}): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'selector',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => isLabels(value, removals),
        defaultMessage: () => `must be at most ${MOST_LABELS} labels`,
      },
    });
}

function IsBandwidth(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'bandwidth',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) => typeof value === 'string' && canonicalBandwidth(value) !== null,
        defaultMessage: () => 'must be a quantity of bytes a second, such as "64Mi"; "0" for no limit',
      },
    });
}

const labels = (description: string) =>
  ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    nullable: true,
    description,
  } as never);
const PROJECTS = "The project's labels.";
const NAMESPACES =
  "Labels of the project's namespace, such as `virtgate.io/tenant` or `virtgate.io/project`.";
const MACHINES = "The machine's labels.";

@ApiSchema({ name: 'MigrationPolicySelectorsInput' })
export class SelectorsDto implements SelectorsBody {
  @labels(PROJECTS)
  @IsOptional()
  @IsSelector()
  projects?: Record<string, string> | null;

  @labels(NAMESPACES)
  @IsOptional()
  @IsSelector()
  namespaces?: Record<string, string> | null;

  @labels(MACHINES)
  @IsOptional()
  @IsSelector()
  virtualMachines?: Record<string, string> | null;
}

@ApiSchema({ name: 'MigrationPolicySelectorsPatch' })
export class SelectorsPatchDto implements SelectorsBody {
  @labels(PROJECTS)
  @IsOptional()
  @IsSelector({ removals: true })
  projects?: Record<string, string | null> | null;

  @labels(NAMESPACES)
  @IsOptional()
  @IsSelector({ removals: true })
  namespaces?: Record<string, string | null> | null;

  @labels(MACHINES)
  @IsOptional()
  @IsSelector({ removals: true })
  virtualMachines?: Record<string, string | null> | null;
}

const flag = (description?: string) => ApiPropertyOptional({ type: Boolean, nullable: true, description });

class SettingsDto {
  @flag('Slows the guest down until its memory can be followed.')
  @IsOptional()
  @IsBoolean()
  allowAutoConverge?: boolean | null;

  @flag(
    'Runs the guest on the target before all of its memory is there: a failure of the network then ends it.',
  )
  @IsOptional()
  @IsBoolean()
  allowPostCopy?: boolean | null;

  @flag('At the completion timeout the guest is paused rather than left where it is.')
  @IsOptional()
  @IsBoolean()
  allowWorkloadDisruption?: boolean | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: '64Mi',
    description: 'Bytes a second; "0": no limit.',
  })
  @IsOptional()
  @MaxLength(32)
  @IsBandwidth()
  bandwidthPerMigration?: string | null;

  @ApiPropertyOptional({ type: Number, nullable: true, description: 'Seconds for each GiB of memory.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(86_400)
  completionTimeoutPerGiB?: number | null;

  @ApiPropertyOptional({
    type: Number,
    nullable: true,
    description: 'Milliseconds that the guest may stand still.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(2_000_000)
  maxDowntimeMs?: number | null;
}

@ApiSchema({ name: 'CreateMigrationPolicy' })
export class CreateMigrationPolicyDto extends SettingsDto implements CreatePolicyBody {
  @ApiProperty({ maxLength: 63 })
  @IsString()
  @Matches(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, {
    message: 'must be of lower case letters, digits and "-", 63 at most',
  })
  name!: string;

  @ApiProperty({
    type: SelectorsDto,
    description: 'All labels must match; none at all matches every machine.',
  })
  @ValidateNested()
  @Type(() => SelectorsDto)
  selectors!: SelectorsDto;
}

@ApiSchema({ name: 'UpdateMigrationPolicy', description: 'A JSON merge patch: null takes a value away.' })
export class UpdateMigrationPolicyDto extends SettingsDto implements PolicyBody {
  @ApiPropertyOptional({ type: SelectorsPatchDto, nullable: true })
  @IsOptional()
  @ValidateNested()
  @Type(() => SelectorsPatchDto)
  selectors?: SelectorsPatchDto | null;
}

@ApiSchema({
  name: 'UpdateMigrationLimits',
  description: "A JSON merge patch: null brings KubeVirt's default back.",
})
export class UpdateMigrationLimitsDto extends SettingsDto implements LimitsBody {
  @ApiPropertyOptional({ type: Number, nullable: true })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  parallelMigrationsPerCluster?: number | null;

  @ApiPropertyOptional({ type: Number, nullable: true })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  parallelOutboundMigrationsPerNode?: number | null;

  @ApiPropertyOptional({ type: Number, nullable: true, description: 'Seconds without a byte moved.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(86_400)
  progressTimeout?: number | null;
}

/** The query of `GET /migration-policies`. */
export class PoliciesQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Part of the name.' })
  @IsOptional()
  @IsString()
  @MaxLength(63)
  q?: string;
}

// GraphQL's inputs are the bodies of REST, with what REST has in its path and headers.

export class UpdateMigrationPolicyInput extends IntersectionType(UpdateMigrationPolicyDto, Precondition) {
  @IsString()
  name!: string;
}

export class DeleteMigrationPolicyInput extends Precondition {
  @IsString()
  name!: string;
}

export class UpdateMigrationLimitsInput extends IntersectionType(UpdateMigrationLimitsDto, Precondition) {}

export class PoliciesArgs extends ConnectionArgs {
  @IsOptional()
  @IsString()
  @MaxLength(63)
  q?: string | null;
}

export class PolicyNameArgs {
  @IsString()
  @MaxLength(253)
  name!: string;
}
