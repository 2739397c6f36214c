import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../../kernel/page.js';
import { RememberArguments } from '../http/remembered-arguments.js';

/** The query of every list; rooms extend it with their filters. */
@RememberArguments()
export class PageQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: MAX_PAGE_SIZE, default: DEFAULT_PAGE_SIZE })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE_SIZE)
  limit?: number;

  /** `nextCursor` of the page before, with the same filters and order. */
  @ApiPropertyOptional({ maxLength: 2048, description: '`nextCursor` of the page before.' })
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  cursor?: string;
}
