import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { EVICTION_STRATEGIES, type EvictionStrategy } from '../domain/create-body.js';
import type { FeaturesBody } from '../domain/machine-features.js';
import { CpuDto, PlacementDto, ProbesDto, WatchdogDto } from './features.dto.js';
import { FirmwareDto } from './firmware.dto.js';

/** What a machine is made with and may be given anew later, under the same rules. */
export class MachineFieldsDto implements FeaturesBody {
  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 128 })
  @IsOptional()
  @IsString()
  displayName?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'u1.medium' })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  instanceType?: string | null;

  @ApiPropertyOptional({ type: Number, nullable: true, description: 'With memory, instead of instanceType.' })
  @IsOptional()
  @IsInt()
  cpus?: number | null;

  @ApiPropertyOptional({ type: String, nullable: true, example: '2Gi' })
  @IsOptional()
  @IsString()
  @MaxLength(32)
  memory?: string | null;

  @ApiPropertyOptional({ enum: EVICTION_STRATEGIES, nullable: true })
  @IsOptional()
  @IsIn(EVICTION_STRATEGIES)
  evictionStrategy?: EvictionStrategy | null;

  @ApiPropertyOptional({ type: FirmwareDto, nullable: true })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => FirmwareDto)
  firmware?: FirmwareDto | null;

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    description: "An emulated TPM 2.0. Default: the preference's, and none where it has none.",
  })
  @IsOptional()
  @IsBoolean()
  tpm?: boolean | null;

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
}
