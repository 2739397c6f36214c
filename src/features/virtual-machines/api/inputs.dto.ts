import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { MACHINE_STATES, type MachineState } from '../domain/machine-view.js';
import {
  NoOptionsDto,
  RestartVirtualMachineDto,
  StartVirtualMachineDto,
  StopVirtualMachineDto,
  UpdateVirtualMachineDto,
} from './change.dto.js';
import { CreateVirtualMachineDto } from './create.dto.js';

// GraphQL's inputs are the bodies of REST, with what REST has in its path and headers.

export class CreateVirtualMachineInput extends CreateVirtualMachineDto {
  @IsString()
  project!: string;
}

export class UpdateVirtualMachineInput extends UpdateVirtualMachineDto {
  @IsString()
  project!: string;

  @IsString()
  name!: string;

  @IsOptional()
  @IsString()
  @MaxLength(256)
  ifMatch?: string | null;
}

export class DeleteVirtualMachineInput {
  @IsString()
  project!: string;

  @IsString()
  name!: string;

  @IsOptional()
  @IsIn(['KEEP', 'DELETE'])
  disks?: 'KEEP' | 'DELETE' | null;

  @IsOptional()
  @ArrayMaxSize(64)
  @IsString({ each: true })
  @MaxLength(253, { each: true })
  keepDisks?: string[] | null;

  @IsOptional()
  @IsIn(['KEEP', 'DELETE'])
  snapshots?: 'KEEP' | 'DELETE' | null;

  @IsOptional()
  @ArrayMaxSize(256)
  @IsString({ each: true })
  @MaxLength(253, { each: true })
  deleteSnapshots?: string[] | null;

  @IsOptional()
  @IsBoolean()
  permanently?: boolean | null;

  @IsOptional()
  @IsString()
  @MaxLength(256)
  ifMatch?: string | null;
}

export class StartVirtualMachineInput extends StartVirtualMachineDto {
  @IsString()
  project!: string;

  @IsString()
  name!: string;
}

export class StopVirtualMachineInput extends StopVirtualMachineDto {
  @IsString()
  project!: string;

  @IsString()
  name!: string;
}

export class RestartVirtualMachineInput extends RestartVirtualMachineDto {
  @IsString()
  project!: string;

  @IsString()
  name!: string;
}

export class VirtualMachineActionInput extends NoOptionsDto {
  @IsString()
  project!: string;

  @IsString()
  name!: string;
}

/** `filter` of `Project.virtualMachines`. */
export class VirtualMachineFilter {
  @IsOptional()
  @IsString()
  @MaxLength(128)
  q?: string | null;

  @IsOptional()
  @IsIn(MACHINE_STATES)
  state?: MachineState | null;

  @IsOptional()
  @IsString()
  @MaxLength(253)
  node?: string | null;

  @IsOptional()
  @IsString({ each: true })
  labels?: string[] | null;
}

export const ORDER_NAMES = [
  'NAME',
  'NAME_DESC',
  'CREATED_AT',
  'CREATED_AT_DESC',
  'STATE',
  'STATE_DESC',
] as const;

export class MachinesArgs extends ConnectionArgs {
  @IsOptional()
  @ValidateNested()
  @Type(() => VirtualMachineFilter)
  filter?: VirtualMachineFilter | null;

  @IsOptional()
  @IsIn(ORDER_NAMES)
  orderBy?: (typeof ORDER_NAMES)[number] | null;
}

export class EventArgs extends ConnectionArgs {
  @IsOptional()
  @IsIn(['Normal', 'Warning'])
  type?: string | null;
}
