import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { MAX_TAIL } from '../domain/serial-log.js';

export class SerialLogQuery {
  /** How many lines of its end. */
  @ApiPropertyOptional({ default: 200, maximum: MAX_TAIL })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_TAIL)
  tail?: number | null;
}
