import { ArrayMaxSize, IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { RememberArguments } from '../../../platform/http/remembered-arguments.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import type { ProjectState } from '../access.contract.js';

const STATES: readonly ProjectState[] = ['Provisioning', 'Active', 'Deleting', 'Failed'];

export class SearchArgs extends ConnectionArgs {
  @IsOptional()
  @IsString()
  @MaxLength(63)
  q?: string | null;
}

export class ProjectArgs extends SearchArgs {
  @IsOptional()
  @IsIn(STATES)
  state?: ProjectState | null;

  @IsOptional()
  @ArrayMaxSize(16)
  @Matches(/^[^=]+=[^=]*$/, { each: true, message: 'must be key=value' })
  label?: string[] | null;
}

/** `tenant(name:)`, `project(name:)`. */
@RememberArguments()
export class NameArgs {
  @IsString()
  @MaxLength(128)
  name!: string;
}
