import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsObject, IsOptional, IsString, MaxLength, ValidateBy, ValidateNested } from 'class-validator';
import type { DiskSourceBody } from '../domain/disk-body.js';

/** `{}`, or a boolean: there is nothing to say about an empty disk but that it is one. */
const IsMark = () =>
  ValidateBy({
    name: 'isMark',
    validator: {
      validate: (value) =>
        typeof value === 'boolean' ||
        (typeof value === 'object' &&
          value !== null &&
          !Array.isArray(value) &&
          Object.keys(value).length === 0),
      defaultMessage: () => 'must be {}',
    },
  });

@ApiSchema({ name: 'ImportCredentials' })
export class ImportCredentialsDto {
  @ApiProperty({ maxLength: 255 })
  @IsString()
  @MaxLength(255)
  username!: string;

  @ApiProperty({ maxLength: 1024, format: 'password' })
  @IsString()
  @MaxLength(1024)
  password!: string;
}

@ApiSchema({ name: 'DiskSource', description: 'Exactly one; `volume` goes with `snapshot`.' })
export class DiskSourceDto implements DiskSourceBody {
  @ApiPropertyOptional({ type: Object, nullable: true, example: {}, description: 'An empty disk of `size`.' })
  @IsOptional()
  @IsMark()
  blank?: object | boolean | null;

  @ApiPropertyOptional({
    type: Object,
    nullable: true,
    example: {},
    description: 'It waits for `PUT .../content`.',
  })
  @IsOptional()
  @IsMark()
  upload?: object | boolean | null;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'https://example.org/debian-12.qcow2' })
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  url?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: 'docker://quay.io/containerdisks/debian:12',
  })
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  registry?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'A disk of the project.' })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  disk?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'A snapshot of a virtual machine of the project.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  snapshot?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Which disk of the snapshot.' })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  volume?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'debian-12' })
  @IsOptional()
  @IsString()
  @MaxLength(253)
  image?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: `sha256:${'0'.repeat(64)}`,
    description: 'Of url: what its bytes must be. A registry image is named by its digest instead.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  checksum?: string | null;

  @ApiPropertyOptional({
    type: ImportCredentialsDto,
    nullable: true,
    writeOnly: true,
    description: 'Of url and registry. Kept until the disk is filled, and never shown again.',
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ImportCredentialsDto)
  credentials?: ImportCredentialsDto | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'Of url and registry: authorities to trust as well, as PEM.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(65_536)
  certificates?: string | null;
}
