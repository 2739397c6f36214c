import { ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import {
  EVICTION_STRATEGIES,
  type EvictionStrategy,
  RUN_STRATEGIES,
  type RunStrategy,
} from '../domain/create-body.js';
import type { PowerOptions } from '../domain/power.js';
import type { UpdateBody } from '../domain/update-body.js';
import { CpuDto, PlacementDto, ProbesDto, WatchdogDto } from './features.dto.js';

/** May be absent, but not null: there is nothing to take away. */
const IsPresentOrAbsent = () => ValidateIf((_object, value) => value !== undefined);

@ApiSchema({ name: 'UpdateVirtualMachine', description: 'A JSON merge patch: null takes a value away.' })
export class UpdateVirtualMachineDto implements UpdateBody {
  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 128 })
  @IsOptional()
  @IsString()
  displayName?: string | null;

  @ApiPropertyOptional({ type: Object, nullable: true })
  @IsOptional()
  @IsObject()
  labels?: Record<string, string | null> | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  instanceType?: string | null;

  @ApiPropertyOptional({ type: Number, nullable: true })
  @IsOptional()
  @IsInt()
  cpus?: number | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsString()
  @MaxLength(32)
  memory?: string | null;

  @ApiPropertyOptional({ enum: RUN_STRATEGIES })
  @IsPresentOrAbsent()
  @IsIn(RUN_STRATEGIES)
  runStrategy?: RunStrategy;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Replaces user data and SSH keys.' })
  @IsOptional()
  @IsString()
  userData?: string | null;

  @ApiPropertyOptional({ enum: EVICTION_STRATEGIES, nullable: true })
  @IsOptional()
  @IsIn(EVICTION_STRATEGIES)
  evictionStrategy?: EvictionStrategy | null;

  @ApiPropertyOptional({ type: CpuDto, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => CpuDto)
  cpu?: CpuDto | null;

  @ApiPropertyOptional({ type: PlacementDto, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => PlacementDto)
  placement?: PlacementDto | null;

  @ApiPropertyOptional({ type: ProbesDto, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ProbesDto)
  probes?: ProbesDto | null;

  @ApiPropertyOptional({ type: WatchdogDto, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => WatchdogDto)
  watchdog?: WatchdogDto | null;

  @ApiPropertyOptional({ type: Boolean })
  @IsPresentOrAbsent()
  @IsBoolean()
  deleteProtection?: boolean;
}

@ApiSchema({ name: 'StartVirtualMachine' })
export class StartVirtualMachineDto implements PowerOptions {
  @ApiPropertyOptional({ type: Boolean, nullable: true, description: 'Pause before the first instruction.' })
  @IsOptional()
  @IsBoolean()
  paused?: boolean | null;
}

@ApiSchema({ name: 'StopVirtualMachine' })
export class StopVirtualMachineDto implements PowerOptions {
  @ApiPropertyOptional({ type: Boolean, nullable: true, description: 'Pull the plug.' })
  @IsOptional()
  @IsBoolean()
  force?: boolean | null;

  @ApiPropertyOptional({ type: Number, nullable: true, description: 'How long the guest may take.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(3600)
  gracePeriodSeconds?: number | null;
}

@ApiSchema({ name: 'RestartVirtualMachine' })
export class RestartVirtualMachineDto implements PowerOptions {
  @ApiPropertyOptional({ type: Boolean, nullable: true, description: 'Pull the plug.' })
  @IsOptional()
  @IsBoolean()
  force?: boolean | null;
}

/** Of actions that take no options: an empty body. */
@ApiSchema({ name: 'NoOptions' })
export class NoOptionsDto implements PowerOptions {}
