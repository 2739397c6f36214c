import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { PERMISSIONS, type Permission } from '../../../kernel/permission.js';
import {
  IsDisplayName,
  IsFuture,
  IsLabels,
  IsName,
  IsOnlyOneWith,
  IsProjectName,
  IsTime,
  IsUserName,
} from './validators.js';

const NAME = { maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$' };
const PROJECT = { maxLength: 40, pattern: '^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$' };
const LABELS = { type: Object, additionalProperties: { type: 'string' }, nullable: true } as const;

export class CreateTenantBody {
  @ApiProperty(NAME)
  @IsName()
  name!: string;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 120 })
  @IsOptional()
  @IsDisplayName()
  displayName?: string | null;
}

export class UpdateTenantBody {
  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 120 })
  @IsOptional()
  @IsDisplayName()
  displayName?: string | null;
}

export class CreateProjectBody {
  @ApiProperty(PROJECT)
  @IsProjectName()
  name!: string;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 120 })
  @IsOptional()
  @IsDisplayName()
  displayName?: string | null;

  @ApiPropertyOptional(LABELS)
  @IsOptional()
  @IsLabels()
  labels?: Record<string, string> | null;
}

export class UpdateProjectBody {
  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 120 })
  @IsOptional()
  @IsDisplayName()
  displayName?: string | null;

  /** Merged (RFC 7396): null takes a label away. */
  @ApiPropertyOptional(LABELS)
  @IsOptional()
  @IsLabels({ removals: true })
  labels?: Record<string, string | null> | null;
}

/** A user or a service account of the tenant, never both. */
export class AddMemberBody {
  @ApiPropertyOptional({ type: String, description: 'A user; either this or `serviceAccount`.' })
  @ValidateIf(({ serviceAccount }: AddMemberBody) => (serviceAccount ?? null) === null)
  @IsUserName()
  user?: string | null;

  @ApiPropertyOptional({ type: String, description: "A service account of the project's tenant." })
  @IsOptional()
  @IsName()
  @IsOnlyOneWith('user')
  serviceAccount?: string | null;

  @ApiProperty()
  @IsString()
  @MaxLength(63)
  role!: string;

  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true })
  @IsOptional()
  @IsTime()
  @IsFuture()
  expiresAt?: string | null;
}

export class ChangeMemberBody {
  @ApiProperty()
  @IsString()
  @MaxLength(63)
  role!: string;

  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true })
  @IsOptional()
  @IsTime()
  @IsFuture()
  expiresAt?: string | null;
}

export class BindingBody {
  @ApiProperty()
  @IsString()
  @MaxLength(63)
  role!: string;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Absent: the whole tenant.' })
  @IsOptional()
  @IsProjectName()
  project?: string | null;

  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true })
  @IsOptional()
  @IsTime()
  @IsFuture()
  expiresAt?: string | null;
}

export class CreateServiceAccountBody {
  @ApiProperty(NAME)
  @IsName()
  name!: string;

  @ApiPropertyOptional({ type: [BindingBody] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => BindingBody)
  bindings?: BindingBody[] | null;
}

export class CreateTokenBody {
  @ApiProperty({ maxLength: 120 })
  @IsString()
  @Matches(/\S/, { message: 'must not be blank' })
  @IsDisplayName()
  name!: string;

  @ApiProperty({ example: '12h', description: 'From "1m" to "365d".' })
  @IsString()
  @MaxLength(20)
  expiresIn!: string;

  @ApiPropertyOptional({
    enum: PERMISSIONS,
    isArray: true,
    nullable: true,
    description: 'Absent: all that you may do.',
  })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(PERMISSIONS.length)
  @IsIn(PERMISSIONS, { each: true })
  scopes?: Permission[] | null;
}
