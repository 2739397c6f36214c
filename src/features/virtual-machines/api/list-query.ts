import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { PageQuery } from '../../../platform/paging/page-query.js';
import { MACHINE_ORDERS, type MachineOrder } from '../data/sorted-rows.js';
import { MACHINE_STATES, type MachineState } from '../domain/machine-view.js';

/** The query of `GET /vms`. */
export class MachinesQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Part of the name or display name.' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  q?: string;

  @ApiPropertyOptional({ type: [String], description: '`key=value`, repeatable: all must match.' })
  @IsOptional()
  @Transform(({ value }) => (typeof value === 'string' ? [value] : value))
  @ArrayMaxSize(16)
  @Matches(/^[^=]+=[^=]*$/, { each: true, message: 'must be key=value' })
  label?: string[];

  @ApiPropertyOptional({ enum: MACHINE_STATES })
  @IsOptional()
  @IsIn(MACHINE_STATES)
  state?: MachineState;

  @ApiPropertyOptional({ description: 'The node that it runs on.' })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  node?: string;

  @ApiPropertyOptional({ enum: MACHINE_ORDERS, default: 'name' })
  @IsOptional()
  @IsIn(MACHINE_ORDERS)
  sort?: MachineOrder;
}

const KEEP_OR_DELETE = ['keep', 'delete'] as const;

/** What becomes of what belongs to the machine: the query of `DELETE /vms/{vm}`. */
export class DeleteQuery {
  @ApiPropertyOptional({ enum: ['keep', 'delete'], default: 'delete' })
  @IsOptional()
  @IsIn(KEEP_OR_DELETE)
  disks?: 'keep' | 'delete';

  @ApiPropertyOptional({ type: [String], description: 'A disk that stays all the same, repeatable.' })
  @IsOptional()
  @Transform(({ value }) => (typeof value === 'string' ? [value] : value))
  @ArrayMaxSize(64)
  @IsString({ each: true })
  @MaxLength(253, { each: true })
  keepDisk?: string[];

  @ApiPropertyOptional({ enum: KEEP_OR_DELETE, default: 'keep' })
  @IsOptional()
  @IsIn(KEEP_OR_DELETE)
  snapshots?: 'keep' | 'delete';
}
