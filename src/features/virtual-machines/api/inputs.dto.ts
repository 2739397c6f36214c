import { IntersectionType } from '@nestjs/swagger';
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
import { InProject, NamedInProject, Precondition } from '../../../platform/graphql/addressed-inputs.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { MACHINE_STATES, type MachineState } from '../domain/machine-view.js';
import {
  RestartVirtualMachineDto,
  StartVirtualMachineDto,
  StopVirtualMachineDto,
  UpdateVirtualMachineDto,
} from './change.dto.js';
import { CreateVirtualMachineDto } from './create.dto.js';

// GraphQL's inputs are the bodies of REST, with what REST has in its path and headers.

export class CreateVirtualMachineInput extends IntersectionType(CreateVirtualMachineDto, InProject) {}

export class UpdateVirtualMachineInput extends IntersectionType(
  UpdateVirtualMachineDto,
  NamedInProject,
  Precondition,
) {}

export class DeleteVirtualMachineInput extends IntersectionType(NamedInProject, Precondition) {
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
}

export class StartVirtualMachineInput extends IntersectionType(StartVirtualMachineDto, NamedInProject) {}

export class StopVirtualMachineInput extends IntersectionType(StopVirtualMachineDto, NamedInProject) {}

export class RestartVirtualMachineInput extends IntersectionType(RestartVirtualMachineDto, NamedInProject) {}

export class VirtualMachineActionInput extends NamedInProject {}

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
