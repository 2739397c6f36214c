import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import {
  AFFINITY_RULES,
  AFFINITY_SPANS,
  type AffinityBody,
  CPU_POLICIES,
  type CpuBody,
  type PlacementBody,
  PROBE_SCHEMES,
  type ProbeBody,
  type ProbesBody,
  TAINT_EFFECTS,
  TOLERATION_OPERATORS,
  type TolerationBody,
  WATCHDOG_ACTIONS,
  type WatchdogAction,
} from '../domain/machine-features.js';

const MAX_SECONDS = 86_400;

@ApiSchema({ name: 'CpuFeature' })
export class CpuFeatureDto {
  @ApiProperty({ example: 'avx2' })
  @IsString()
  @MaxLength(63)
  name!: string;

  @ApiPropertyOptional({ enum: CPU_POLICIES, nullable: true, default: 'require' })
  @IsOptional()
  @IsIn(CPU_POLICIES)
  policy?: (typeof CPU_POLICIES)[number] | null;
}

@ApiSchema({ name: 'Cpu', description: 'Where the platform opens it (TENANT_CPU_MODELS).' })
export class CpuDto implements CpuBody {
  @ApiPropertyOptional({ type: String, nullable: true, example: 'host-model' })
  @IsOptional()
  @IsString()
  @MaxLength(63)
  model?: string | null;

  @ApiPropertyOptional({ type: [CpuFeatureDto], nullable: true })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @ValidateNested({ each: true })
  @Type(() => CpuFeatureDto)
  features?: CpuFeatureDto[] | null;
}

@ApiSchema({ name: 'Affinity', description: 'To other machines of the project.' })
export class AffinityDto implements AffinityBody {
  @ApiProperty({ type: Object, example: { app: 'web' }, description: 'Of the others; all must match.' })
  @IsObject()
  labels!: Record<string, string>;

  @ApiProperty({ enum: AFFINITY_RULES })
  @IsIn(AFFINITY_RULES)
  rule!: (typeof AFFINITY_RULES)[number];

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    default: false,
    description: 'Rather not at all than elsewhere.',
  })
  @IsOptional()
  @IsBoolean()
  required?: boolean | null;

  @ApiPropertyOptional({ enum: AFFINITY_SPANS, nullable: true, default: 'node' })
  @IsOptional()
  @IsIn(AFFINITY_SPANS)
  across?: (typeof AFFINITY_SPANS)[number] | null;
}

@ApiSchema({ name: 'Toleration' })
export class TolerationDto implements TolerationBody {
  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  key?: string | null;

  @ApiPropertyOptional({ enum: TOLERATION_OPERATORS, nullable: true, default: 'Equal' })
  @IsOptional()
  @IsIn(TOLERATION_OPERATORS)
  operator?: (typeof TOLERATION_OPERATORS)[number] | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsString()
  @MaxLength(63)
  value?: string | null;

  @ApiPropertyOptional({ enum: TAINT_EFFECTS, nullable: true, description: 'Absent: all of them.' })
  @IsOptional()
  @IsIn(TAINT_EFFECTS)
  effect?: (typeof TAINT_EFFECTS)[number] | null;
}

@ApiSchema({ name: 'Placement', description: 'Where the platform opens it (TENANT_PLACEMENT).' })
export class PlacementDto implements PlacementBody {
  @ApiPropertyOptional({ type: Object, nullable: true, example: { 'kubernetes.io/arch': 'amd64' } })
  @IsOptional()
  @IsObject()
  nodeSelector?: Record<string, string | null> | null;

  @ApiPropertyOptional({ type: [AffinityDto], nullable: true })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(16)
  @ValidateNested({ each: true })
  @Type(() => AffinityDto)
  affinity?: AffinityDto[] | null;

  @ApiPropertyOptional({ type: [TolerationDto], nullable: true })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(16)
  @ValidateNested({ each: true })
  @Type(() => TolerationDto)
  tolerations?: TolerationDto[] | null;
}

@ApiSchema({ name: 'HttpProbe' })
export class HttpProbeDto {
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 65535 })
  @IsInt()
  @Min(1)
  @Max(65535)
  port!: number;

  @ApiPropertyOptional({ type: String, nullable: true, default: '/' })
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  path?: string | null;

  @ApiPropertyOptional({ enum: PROBE_SCHEMES, nullable: true, default: 'HTTP' })
  @IsOptional()
  @IsIn(PROBE_SCHEMES)
  scheme?: (typeof PROBE_SCHEMES)[number] | null;
}

@ApiSchema({ name: 'TcpProbe' })
export class TcpProbeDto {
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 65535 })
  @IsInt()
  @Min(1)
  @Max(65535)
  port!: number;
}

@ApiSchema({ name: 'Probe', description: 'Exactly one of http, tcp and guestAgentPing.' })
export class ProbeDto implements ProbeBody {
  @ApiPropertyOptional({ type: HttpProbeDto, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => HttpProbeDto)
  http?: HttpProbeDto | null;

  @ApiPropertyOptional({ type: TcpProbeDto, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => TcpProbeDto)
  tcp?: TcpProbeDto | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true })
  @IsOptional()
  @IsBoolean()
  guestAgentPing?: boolean | null;

  @ApiPropertyOptional({ type: 'integer', nullable: true, default: 0 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_SECONDS)
  initialDelaySeconds?: number | null;

  @ApiPropertyOptional({ type: 'integer', nullable: true, default: 10 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_SECONDS)
  periodSeconds?: number | null;

  @ApiPropertyOptional({ type: 'integer', nullable: true, default: 1 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_SECONDS)
  timeoutSeconds?: number | null;

  @ApiPropertyOptional({ type: 'integer', nullable: true, default: 1 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  successThreshold?: number | null;

  @ApiPropertyOptional({ type: 'integer', nullable: true, default: 3 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  failureThreshold?: number | null;
}

@ApiSchema({ name: 'Probes' })
export class ProbesDto implements ProbesBody {
  @ApiPropertyOptional({ type: ProbeDto, nullable: true, description: 'Not ready: no traffic.' })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ProbeDto)
  readiness?: ProbeDto | null;

  @ApiPropertyOptional({ type: ProbeDto, nullable: true, description: 'Not alive: it is started anew.' })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ProbeDto)
  liveness?: ProbeDto | null;
}

@ApiSchema({ name: 'Watchdog', description: 'An i6300esb, which the guest has to feed.' })
export class WatchdogDto {
  @ApiProperty({ enum: WATCHDOG_ACTIONS, description: 'What is done with a guest that does not feed it.' })
  @IsIn(WATCHDOG_ACTIONS)
  action!: WatchdogAction;
}
