import { Type } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { MAX_PAGE_SIZE } from '../../../kernel/page.js';
import type { OperationState } from '../operations.contract.js';
import { KIND_PATTERN, OPERATION_STATES, TARGET_PATTERN } from './operation.dto.js';
import type { OperationSearch } from './operation-list.js';

/** `OperationFilter` of the schema. */
export class OperationFilterInput implements OperationSearch {
  @IsOptional()
  @IsString()
  @MaxLength(63)
  project?: string | null;

  @IsOptional()
  @Matches(TARGET_PATTERN, { message: 'target must be type/name or a name' })
  target?: string | null;

  @IsOptional()
  @Matches(KIND_PATTERN, { message: 'kind must be a kind of operation, such as vm.create' })
  kind?: string | null;

  @IsOptional()
  @IsIn(OPERATION_STATES)
  state?: OperationState | null;
}

/** The arguments of `Query.operations`: the database pages forwards. */
export class OperationsArgs {
  @IsOptional()
  @ValidateNested()
  @Type(() => OperationFilterInput)
  filter?: OperationFilterInput | null;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE_SIZE)
  first?: number | null;

  @IsOptional()
  @IsString()
  @MaxLength(2048)
  after?: string | null;
}
