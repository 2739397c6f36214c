import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsOptional, IsString, MaxLength } from 'class-validator';
import type { SysprepBody } from '../domain/sysprep.js';

@ApiSchema({ name: 'CreateSshAccess' })
export class SshAccessBodyDto {
  @ApiProperty({ example: 'debian', description: 'A user that the guest has.' })
  @IsString()
  @MaxLength(32)
  user!: string;

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    example: ['ssh-ed25519 AAAA... ada@example', 'grace'],
    description: "OpenSSH public keys, or names of the project's. Default: the project's automatic keys.",
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(256)
  @IsString({ each: true })
  @MaxLength(4096, { each: true })
  keys?: string[] | null;
}

const ANSWERS = { type: String, nullable: true, description: 'XML, at most 64 KiB. Never shown again.' };

@ApiSchema({ name: 'Sysprep', description: 'At least one of the two.' })
export class SysprepDto implements SysprepBody {
  @ApiPropertyOptional(ANSWERS)
  @IsOptional()
  @IsString()
  autounattend?: string | null;

  @ApiPropertyOptional(ANSWERS)
  @IsOptional()
  @IsString()
  unattend?: string | null;
}
