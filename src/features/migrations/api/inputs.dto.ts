import { ApiPropertyOptional, ApiSchema, IntersectionType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsOptional, IsString, MaxLength, MinLength, ValidateNested } from 'class-validator';
import { NamedInProject } from '../../../platform/graphql/addressed-inputs.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import { MOVE_CAUSES, type MoveCause } from '../../virtual-machines/moves.contract.js';
import { MIGRATION_STATES, type MigrationState } from '../domain/observed.js';
import { MIGRATION_ORDERS, type MigrationOrder } from './migration-reads.js';

@ApiSchema({ name: 'MigrateVirtualMachine' })
export class MigrateVirtualMachineDto {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: 253,
    description: 'Where it is to go; needs `vms:choose-node`. Default: the cluster chooses.',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(253)
  targetNode?: string | null;
}

/** The query of `GET .../vms/{vm}/migrations`. */
export class MachineMigrationsQuery extends PageQuery {
  @ApiPropertyOptional({ enum: MIGRATION_STATES })
  @IsOptional()
  @IsIn(MIGRATION_STATES)
  state?: MigrationState;

  @ApiPropertyOptional({ enum: MOVE_CAUSES })
  @IsOptional()
  @IsIn(MOVE_CAUSES)
  cause?: MoveCause;

  @ApiPropertyOptional({ description: 'Where it came from or went to.' })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  node?: string;

  @ApiPropertyOptional({ enum: MIGRATION_ORDERS, default: '-createdAt' })
  @IsOptional()
  @IsIn(MIGRATION_ORDERS)
  sort?: MigrationOrder;
}

/** The query of `GET /projects/{p}/migrations`. */
export class ProjectMigrationsQuery extends MachineMigrationsQuery {
  @ApiPropertyOptional({ description: 'The machine that was moved.' })
  @IsOptional()
  @IsString()
  @MaxLength(63)
  vm?: string;
}

/** The query of `GET /migrations`. */
export class MigrationsQuery extends ProjectMigrationsQuery {
  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @MaxLength(63)
  project?: string;
}

// GraphQL's inputs are the bodies of REST, with what REST has in its path and headers.

export class MigrateVirtualMachineInput extends IntersectionType(MigrateVirtualMachineDto, NamedInProject) {}

const ORDERS = ['CREATED_AT', 'CREATED_AT_DESC'] as const;
export const ORDER_OF: Record<(typeof ORDERS)[number], MigrationOrder> = {
  CREATED_AT: 'createdAt',
  CREATED_AT_DESC: '-createdAt',
};

/** `filter` of `VirtualMachine.migrations`. */
export class MachineMigrationFilterInput {
  @IsOptional()
  @IsIn(MIGRATION_STATES)
  state?: MigrationState | null;

  @IsOptional()
  @IsIn(MOVE_CAUSES)
  cause?: MoveCause | null;

  @IsOptional()
  @IsString()
  @MaxLength(253)
  node?: string | null;
}

/** `filter` of `Project.migrations`. */
export class MigrationFilterInput extends MachineMigrationFilterInput {
  @IsOptional()
  @IsString()
  @MaxLength(63)
  virtualMachine?: string | null;
}

/** `filter` of `Query.migrations`. */
export class PlatformMigrationFilterInput extends MigrationFilterInput {
  @IsOptional()
  @IsString()
  @MaxLength(63)
  project?: string | null;
}

class OrderedArgs extends ConnectionArgs {
  @IsOptional()
  @IsIn(ORDERS)
  orderBy?: (typeof ORDERS)[number] | null;
}

export class MachineMigrationsArgs extends OrderedArgs {
  @IsOptional()
  @ValidateNested()
  @Type(() => MachineMigrationFilterInput)
  filter?: MachineMigrationFilterInput | null;
}

export class ProjectMigrationsArgs extends OrderedArgs {
  @IsOptional()
  @ValidateNested()
  @Type(() => MigrationFilterInput)
  filter?: MigrationFilterInput | null;
}

export class PlatformMigrationsArgs extends OrderedArgs {
  @IsOptional()
  @ValidateNested()
  @Type(() => PlatformMigrationFilterInput)
  filter?: PlatformMigrationFilterInput | null;
}
