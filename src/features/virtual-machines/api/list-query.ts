import { ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
} from 'class-validator';
import { requestInvalid } from '../../../kernel/failures.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import { MACHINE_ORDERS, type MachineOrder } from '../data/sorted-rows.js';
import type { DeletionChoice } from '../domain/associated-resources.js';
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

/** What becomes of what belongs to the machine: the body of `DELETE /vms/{vm}`, for clients that send one. */
@ApiSchema({ name: 'DeleteVirtualMachine' })
export class DeleteVirtualMachineDto {
  @ApiPropertyOptional({ enum: KEEP_OR_DELETE, nullable: true, default: 'delete' })
  @IsOptional()
  @IsIn(KEEP_OR_DELETE)
  disks?: 'keep' | 'delete' | null;

  @ApiPropertyOptional({ type: [String], nullable: true, description: 'Disks that stay all the same.' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @IsString({ each: true })
  @MaxLength(253, { each: true })
  keepDisks?: string[] | null;

  @ApiPropertyOptional({ enum: KEEP_OR_DELETE, nullable: true, default: 'keep' })
  @IsOptional()
  @IsIn(KEEP_OR_DELETE)
  snapshots?: 'keep' | 'delete' | null;

  @ApiPropertyOptional({ type: [String], nullable: true, description: 'Snapshots that go all the same.' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(256)
  @IsString({ each: true })
  @MaxLength(253, { each: true })
  deleteSnapshots?: string[] | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true, description: "Past the project's trash." })
  @IsOptional()
  @IsBoolean()
  permanently?: boolean | null;
}

/** The same in the query of `DELETE /vms/{vm}`. */
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

  @ApiPropertyOptional({ type: [String], description: 'A snapshot that goes all the same, repeatable.' })
  @IsOptional()
  @Transform(({ value }) => (typeof value === 'string' ? [value] : value))
  @ArrayMaxSize(256)
  @IsString({ each: true })
  @MaxLength(253, { each: true })
  deleteSnapshot?: string[];

  @ApiPropertyOptional({ enum: ['true', 'false'], description: "Past the project's trash." })
  @IsOptional()
  @IsIn(['true', 'false'])
  permanently?: 'true' | 'false';
}

/** Throws request.invalid where both say something. */
export function deletionChoice(query: DeleteQuery, body: DeleteVirtualMachineDto): DeletionChoice {
  const { disks, keepDisk, snapshots, deleteSnapshot, permanently } = query;
  const asked = { disks, keepDisks: keepDisk, snapshots, deleteSnapshots: deleteSnapshot, permanently };
  const given = (choice: object) => Object.values(choice).some((value) => value !== undefined);
  if (!given(body)) return { ...asked, permanently: permanently === 'true' };
  if (!given(asked)) return body;
  const message = 'Say what goes along in the query or in the body, not in both.';
  throw requestInvalid(message, { errors: [{ pointer: '', code: 'deletion.twice', message }] });
}
