import { ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { PageQuery } from '../../../platform/paging/page-query.js';

/** The query of `GET /nodes`. */
export class NodesQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Part of the name.' })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  q?: string;
}

export class NodesArgs extends ConnectionArgs {
  @IsOptional()
  @IsString()
  @MaxLength(253)
  q?: string | null;
}

@ApiSchema({ name: 'NoNodeOptions' })
export class NoNodeOptionsDto {}

@ApiSchema({ name: 'DrainNode' })
export class DrainNodeDto {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: 256,
    description: 'For who looks at the node.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  reason?: string | null;
}

@ApiSchema({ name: 'FenceNode' })
export class FenceNodeDto {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'Of the answer without one, which tells what will be lost.',
  })
  @IsOptional()
  @Matches(/^[0-9a-f]{16}$/, { message: 'must be the confirmation that was answered' })
  confirmation?: string | null;
}

// GraphQL's inputs are the bodies of REST, with what REST has in its path.

export class ScheduleNodeInput {
  @IsString()
  @MaxLength(253)
  name!: string;
}

export class DrainNodeInput extends DrainNodeDto {
  @IsString()
  @MaxLength(253)
  name!: string;
}

export class FenceNodeInput extends FenceNodeDto {
  @IsString()
  @MaxLength(253)
  name!: string;
}
