import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { SshKeyView } from '../domain/ssh-key-view.js';

/** The answers' shapes for OpenAPI: nothing is made of these classes. */
@ApiSchema({ name: 'SshKeyCreator' })
class SshKeyCreatorDto {
  @ApiProperty() type!: string;
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
}

@ApiSchema({ name: 'ProjectSshKey' })
export class ProjectSshKeyDto implements SshKeyView {
  @ApiProperty() id!: string;
  @ApiProperty() name!: string;
  @ApiProperty() project!: string;
  @ApiProperty() publicKey!: string;
  @ApiProperty({ example: 'ssh-ed25519' }) type!: string;
  @ApiProperty({ type: String, nullable: true }) comment!: string | null;
  @ApiProperty({ example: 'SHA256:...', description: 'As `ssh-keygen -l` shows it.' }) fingerprint!: string;
  @ApiProperty({ description: 'Every new machine that names no keys of its own has it.' })
  automatic!: boolean;
  @ApiProperty({
    type: [String],
    description: 'Machines whose guest agents bring it in, also those in the trash.',
  })
  usedBy!: string[];
  @ApiProperty({ type: SshKeyCreatorDto }) createdBy!: SshKeyCreatorDto;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
  @ApiProperty({ format: 'date-time' }) updatedAt!: string;
}

@ApiSchema({ name: 'ProjectSshKeyPage' })
export class ProjectSshKeyPageDto {
  @ApiProperty({ type: [ProjectSshKeyDto] }) items!: ProjectSshKeyDto[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
  @ApiProperty() total!: number;
}
