import { ApiPropertyOptional, ApiSchema, IntersectionType } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { DNS_LABEL } from '../../../kernel/dns-name.js';
import { InProject } from '../../../platform/graphql/addressed-inputs.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import { MACHINE_NAME } from '../../snapshots/new-identity.contract.js';
import type { RestoreBody } from '../commands/restore-snapshot.js';

const nullable = { nullable: true } as const;

@ApiSchema({ name: 'RestoreSnapshot', description: 'Empty: in place.' })
export class RestoreSnapshotDto implements RestoreBody {
  @ApiPropertyOptional({
    type: String,
    ...nullable,
    maxLength: 53,
    description: 'A new machine of this name, with an identity of its own, instead of in place.',
  })
  @IsOptional()
  @IsString()
  @Matches(MACHINE_NAME, { message: 'must be of lower case letters, digits and "-", 53 at most' })
  newName?: string | null;

  @ApiPropertyOptional({ type: Boolean, ...nullable, description: 'In place: keep the present state first.' })
  @IsOptional()
  @IsBoolean()
  safetySnapshot?: boolean | null;

  @ApiPropertyOptional({ type: Boolean, ...nullable, description: 'In place: pull the plug to stop it.' })
  @IsOptional()
  @IsBoolean()
  force?: boolean | null;

  @ApiPropertyOptional({ type: Boolean, ...nullable, default: false, description: 'Start the new machine.' })
  @IsOptional()
  @IsBoolean()
  start?: boolean | null;

  @ApiPropertyOptional({ type: Boolean, ...nullable, default: true, description: 'Of the new machine.' })
  @IsOptional()
  @IsBoolean()
  newMacAddresses?: boolean | null;

  @ApiPropertyOptional({ type: String, ...nullable, description: 'Of the new machine; default its name.' })
  @IsOptional()
  @IsString()
  @Matches(DNS_LABEL, { message: 'must be of lower case letters, digits and "-", 63 at most' })
  hostname?: string | null;
}

/** GraphQL's input: the body of REST, with what REST has in its path. */
export class RestoreSnapshotInput extends IntersectionType(RestoreSnapshotDto, InProject) {
  @IsString()
  snapshot!: string;
}

/** The query of `GET /restores`. */
export class RestoresQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'The machine that is restored.' })
  @IsOptional()
  @IsString()
  @MaxLength(63)
  vm?: string;

  @ApiPropertyOptional({ description: 'The snapshot that it is restored from.' })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  snapshot?: string;
}

export class RestoresArgs extends ConnectionArgs {
  @IsOptional()
  @IsString()
  @MaxLength(63)
  virtualMachine?: string | null;

  @IsOptional()
  @IsString()
  @MaxLength(253)
  snapshot?: string | null;
}
