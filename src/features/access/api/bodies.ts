import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
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
import { PERMISSIONS, type Permission } from '../../../kernel/permission.js';
import {
  IsDisplayName,
  IsFuture,
  IsGroupName,
  IsLabels,
  IsName,
  IsOnlyOneWith,
  IsProjectName,
  IsRoleName,
  IsTime,
  IsUserName,
} from './validators.js';

const MOST_REQUESTS = 1_000_000;
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

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description:
      'A namespace that is there already, with all that is in it; for platform administrators. Absent: a new one.',
  })
  @IsOptional()
  @IsName()
  adoptNamespace?: string | null;
}

@ApiSchema({ name: 'ProjectTrashSetting' })
export class ProjectTrashBody {
  @ApiProperty({ example: '7d', description: 'How long it is kept: from "1m" to "365d".' })
  @IsString()
  @MaxLength(20)
  retention!: string;
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

  @ApiPropertyOptional({
    type: ProjectTrashBody,
    nullable: true,
    description: 'Virtual machines that are deleted can be brought back for so long; null: they are gone.',
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ProjectTrashBody)
  trash?: ProjectTrashBody | null;
}

/** A user, a service account of the tenant, or a group of an identity provider: one of them. */
export class AddMemberBody {
  @ApiPropertyOptional({
    type: String,
    description: 'A user: of virtgate, or `<alias>/<name>` of an identity provider.',
  })
  @ValidateIf(({ serviceAccount, group }: AddMemberBody) => (serviceAccount ?? group ?? null) === null)
  @IsUserName()
  user?: string | null;

  @ApiPropertyOptional({ type: String, description: "A service account of the project's tenant." })
  @IsOptional()
  @IsName()
  @IsOnlyOneWith('user', 'group')
  serviceAccount?: string | null;

  @ApiPropertyOptional({
    type: String,
    description: '`<alias>/<group>`: all whom that provider counts to it.',
  })
  @IsOptional()
  @IsGroupName()
  @IsOnlyOneWith('user')
  group?: string | null;

  @ApiProperty()
  @IsRoleName()
  role!: string;

  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true })
  @IsOptional()
  @IsTime()
  @IsFuture()
  expiresAt?: string | null;
}

export class ChangeMemberBody {
  @ApiProperty()
  @IsRoleName()
  role!: string;

  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true })
  @IsOptional()
  @IsTime()
  @IsFuture()
  expiresAt?: string | null;
}

export class BindingBody {
  @ApiProperty()
  @IsRoleName()
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

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    default: false,
    description: 'Whether it may make tokens. With `scopes` it may where they include `tokens:create`.',
  })
  @IsOptional()
  @IsBoolean()
  @IsOnlyOneWith('scopes')
  mayCreateTokens?: boolean | null;

  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 1,
    maximum: MOST_REQUESTS,
    description: 'A limit of its own, below that of its owner.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_REQUESTS)
  requestsPerMinute?: number | null;
}

export class CreateRoleBody {
  @ApiProperty(NAME)
  @IsName()
  name!: string;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Absent: a role of the platform.' })
  @IsOptional()
  @IsName()
  tenant?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 120 })
  @IsOptional()
  @IsDisplayName()
  description?: string | null;

  @ApiProperty({ enum: PERMISSIONS, isArray: true })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(PERMISSIONS.length)
  @IsIn(PERMISSIONS, { each: true })
  permissions!: Permission[];
}

export class UpdateRoleBody {
  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 120 })
  @IsOptional()
  @IsDisplayName()
  description?: string | null;

  @ApiPropertyOptional({ enum: PERMISSIONS, isArray: true, description: 'All of them, not those to add.' })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(PERMISSIONS.length)
  @IsIn(PERMISSIONS, { each: true })
  permissions?: Permission[] | null;
}
