import { ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
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
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { RUN_STRATEGIES, type RunStrategy } from '../domain/create-body.js';
import type { PowerOptions } from '../domain/power.js';
import type { UpdateBody } from '../domain/update-body.js';
import { BootDeviceDto } from './firmware.dto.js';
import { MachineFieldsDto } from './machine-fields.dto.js';

/** May be absent, but not null: there is nothing to take away. */
const IsPresentOrAbsent = () => ValidateIf((_object, value) => value !== undefined);

@ApiSchema({ name: 'UpdateVirtualMachine', description: 'A JSON merge patch: null takes a value away.' })
export class UpdateVirtualMachineDto extends MachineFieldsDto implements UpdateBody {
  @ApiPropertyOptional({ type: Object, nullable: true })
  @IsOptional()
  @IsObject()
  labels?: Record<string, string | null> | null;

  @ApiPropertyOptional({ enum: RUN_STRATEGIES })
  @IsPresentOrAbsent()
  @IsIn(RUN_STRATEGIES)
  runStrategy?: RunStrategy;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Replaces user data and SSH keys.' })
  @IsOptional()
  @IsString()
  userData?: string | null;

  @ApiPropertyOptional({ type: Boolean })
  @IsPresentOrAbsent()
  @IsBoolean()
  deleteProtection?: boolean;

  @ApiPropertyOptional({
    type: [BootDeviceDto],
    nullable: true,
    description: 'The whole boot order, the first first. None, or null: the first disk that can boot does.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(128)
  @ValidateNested({ each: true })
  @Type(() => BootDeviceDto)
  bootOrder?: BootDeviceDto[] | null;
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
