import { ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, MaxLength } from 'class-validator';
import type { BootDeviceBody } from '../domain/boot-order.js';
import type { FirmwareBody } from '../domain/firmware.js';

@ApiSchema({ name: 'Firmware', description: "Default: the preference's, and BIOS where it has none." })
export class FirmwareDto implements FirmwareBody {
  @ApiPropertyOptional({ type: Boolean, nullable: true })
  @IsOptional()
  @IsBoolean()
  uefi?: boolean | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true, description: 'Needs uefi.' })
  @IsOptional()
  @IsBoolean()
  secureBoot?: boolean | null;
}

@ApiSchema({ name: 'BootDevice', description: 'Exactly one of the two.' })
export class BootDeviceDto implements BootDeviceBody {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'As the machine names it, or its claim.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  disk?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  @IsOptional()
  @IsString()
  @MaxLength(63)
  interface?: string | null;
}
