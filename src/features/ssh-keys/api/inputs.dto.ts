import { ApiProperty, ApiPropertyOptional, ApiSchema, IntersectionType } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { DNS_LABEL } from '../../../kernel/dns-name.js';
import { InProject, NamedInProject, Precondition } from '../../../platform/graphql/addressed-inputs.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { PageQuery } from '../../../platform/paging/page-query.js';

const AUTOMATIC = 'Every new machine that names no keys of its own has it.';

@ApiSchema({ name: 'CreateSshKey' })
export class CreateSshKeyDto {
  @ApiProperty({ maxLength: 63, pattern: DNS_LABEL.source, example: 'ada' })
  @IsString()
  @Matches(DNS_LABEL, { message: 'must be of lower case letters, digits and "-", 63 at most' })
  name!: string;

  @ApiProperty({
    maxLength: 4096,
    example: 'ssh-ed25519 AAAA... ada@example',
    description: "One line in OpenSSH's format. A private key is refused.",
  })
  @IsString()
  @MaxLength(4096)
  publicKey!: string;

  @ApiPropertyOptional({ type: Boolean, nullable: true, default: false, description: AUTOMATIC })
  @IsOptional()
  @IsBoolean()
  automatic?: boolean | null;
}

@ApiSchema({ name: 'UpdateSshKey', description: 'The key itself stays: another key is another name.' })
export class UpdateSshKeyDto {
  @ApiProperty({ description: AUTOMATIC })
  @IsBoolean()
  automatic!: boolean;
}

/** The query of `GET /ssh-keys`. */
export class SshKeysQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Part of the name.' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  q?: string;
}

// GraphQL's inputs are the bodies of REST, with what REST has in its path and headers.

export class CreateSshKeyInput extends IntersectionType(CreateSshKeyDto, InProject) {}

export class UpdateSshKeyInput extends IntersectionType(UpdateSshKeyDto, NamedInProject, Precondition) {}

export class DeleteSshKeyInput extends IntersectionType(NamedInProject, Precondition) {}

export class SshKeysArgs extends ConnectionArgs {
  @IsOptional()
  @IsString()
  @MaxLength(128)
  q?: string | null;
}
