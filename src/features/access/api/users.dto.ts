import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import type { UserRow } from '../data/user-rows.js';
import { SearchArgs } from './connection-arguments.js';
import { SearchQuery } from './queries.js';

@ApiSchema({ name: 'User' })
export class UserView {
  @ApiProperty() id!: string;
  @ApiProperty({ description: '`<alias>/<name>` for whom an identity provider or the cluster vouches.' })
  name!: string;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Alias of who vouches; null for an account here.',
  })
  provider!: string | null;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Within a few minutes; null: never.',
  })
  lastSeenAt!: string | null;
  @ApiProperty() blocked!: boolean;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) blockedAt!: string | null;
  @ApiProperty({ type: String, nullable: true }) blockReason!: string | null;
}

export const userView = (row: UserRow): UserView => ({
  id: row.id,
  name: row.name,
  provider: row.name.includes('/') ? row.name.slice(0, row.name.indexOf('/')) : null,
  createdAt: row.created_at.toISOString(),
  lastSeenAt: row.last_seen_at?.toISOString() ?? null,
  blocked: row.blocked_at !== null,
  blockedAt: row.blocked_at?.toISOString() ?? null,
  blockReason: row.block_reason,
});

export class UsersQuery extends SearchQuery {
  @ApiPropertyOptional({ enum: ['true', 'false'] })
  @IsOptional()
  @IsIn(['true', 'false'])
  blocked?: 'true' | 'false';
}

export class UsersArgs extends SearchArgs {
  @IsOptional()
  @IsBoolean()
  @Type(() => Boolean)
  blocked?: boolean | null;
}

export class UserArgs {
  @IsString()
  @MaxLength(128)
  id!: string;
}

export class BlockUserBody {
  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 200 })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  reason?: string | null;
}

/** Takes nothing. */
export class UnblockUserBody {}
