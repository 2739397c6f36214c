import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { MAX_PAGE_SIZE } from '../../kernel/page.js';
import { RememberArguments } from '../http/remembered-arguments.js';

/** The Relay arguments of every connection; rooms extend it with `filter` and `orderBy`. */
@RememberArguments()
export class ConnectionArgs {
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE_SIZE)
  first?: number | null;

  @IsOptional()
  @IsString()
  @MaxLength(2048)
  after?: string | null;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE_SIZE)
  last?: number | null;

  @IsOptional()
  @IsString()
  @MaxLength(2048)
  before?: string | null;
}
