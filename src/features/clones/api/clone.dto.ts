import { ApiProperty, ApiPropertyOptional, ApiSchema, IntersectionType } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { DNS_LABEL } from '../../../kernel/dns-name.js';
import { OfMachine } from '../../../platform/graphql/addressed-inputs.js';
import { MACHINE_NAME } from '../../snapshots/new-identity.contract.js';

/** What REST and GraphQL say alike. */
export class CloneOptions {
  @ApiProperty({ maxLength: 53, description: 'Of the new machine.' })
  @IsString()
  @Matches(MACHINE_NAME, { message: 'must be of lower case letters, digits and "-", 53 at most' })
  name!: string;

  @ApiPropertyOptional({ type: Boolean, nullable: true, default: false })
  @IsOptional()
  @IsBoolean()
  start?: boolean | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true, default: true })
  @IsOptional()
  @IsBoolean()
  newMacAddresses?: boolean | null;

  @ApiPropertyOptional({
    type: Boolean,
    nullable: true,
    default: true,
    description: 'False keeps that of the original, as some licences want.',
  })
  @IsOptional()
  @IsBoolean()
  newFirmwareUuid?: boolean | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description:
      "Default: its name. cloud-init's instance id follows it, so that cloud-init runs anew unless it is kept.",
  })
  @IsOptional()
  @IsString()
  @Matches(DNS_LABEL, { message: 'must be of lower case letters, digits and "-", 63 at most' })
  hostname?: string | null;
}

@ApiSchema({ name: 'CloneVirtualMachine' })
export class CloneVirtualMachineDto extends CloneOptions {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'Another project to clone into; needs vms:create there.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(63)
  project?: string | null;
}

export class CloneVirtualMachineInput extends IntersectionType(CloneOptions, OfMachine) {
  @IsOptional()
  @IsString()
  @MaxLength(63)
  targetProject?: string | null;
}
