import { ApiProperty, ApiSchema, IntersectionType } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsString, MaxLength } from 'class-validator';
import { OfMachine } from '../../../platform/graphql/addressed-inputs.js';
import type { GuestFileSystem, GuestInfo, GuestInterface, GuestOs, GuestUser } from '../domain/guest-info.js';
import type { SshKey } from '../domain/ssh-access.js';
import type { SshAccessView } from './ssh-reads.js';

/** What REST and GraphQL say alike; what a key or a user is, is held by the domain. */
@ApiSchema({ name: 'SetSshKeys', description: 'The whole list: a key that is absent is taken out.' })
export class SetSshKeysDto {
  @ApiProperty({ example: 'debian', description: 'A user that the guest has.' })
  @IsString()
  @MaxLength(32)
  user!: string;

  @ApiProperty({
    type: [String],
    example: ['ssh-ed25519 AAAA... ada@example', 'grace'],
    description: "OpenSSH public keys, or names of the project's.",
  })
  @IsArray()
  @ArrayMaxSize(256)
  @IsString({ each: true })
  @MaxLength(4096, { each: true })
  keys!: string[];
}

export class SetSshKeysInput extends IntersectionType(SetSshKeysDto, OfMachine) {}

/** The answers' shapes for OpenAPI: nothing is made of these classes. */
const Nullable = (type: unknown, more: object = {}) =>
  ApiProperty({ type, nullable: true, ...more } as never);

@ApiSchema({ name: 'GuestOs' })
class GuestOsDto implements GuestOs {
  @Nullable(String) id!: string | null;
  @Nullable(String) name!: string | null;
  @Nullable(String) prettyName!: string | null;
  @Nullable(String) version!: string | null;
  @Nullable(String) versionId!: string | null;
  @Nullable(String) kernelRelease!: string | null;
  @Nullable(String) kernelVersion!: string | null;
  @Nullable(String) machine!: string | null;
}

@ApiSchema({ name: 'GuestUser' })
class GuestUserDto implements GuestUser {
  @ApiProperty() name!: string;
  @Nullable(String) domain!: string | null;
  @Nullable(String, { format: 'date-time' }) loginAt!: string | null;
}

@ApiSchema({ name: 'GuestFileSystem' })
class GuestFileSystemDto implements GuestFileSystem {
  @Nullable(String) name!: string | null;
  @Nullable(String) mountPoint!: string | null;
  @Nullable(String) type!: string | null;
  @Nullable(Number) usedBytes!: number | null;
  @Nullable(Number) totalBytes!: number | null;
}

@ApiSchema({ name: 'GuestInterface' })
class GuestInterfaceDto implements GuestInterface {
  @Nullable(String) name!: string | null;
  @Nullable(String) guestName!: string | null;
  @Nullable(String) mac!: string | null;
  @ApiProperty({ type: [String] }) ipAddresses!: string[];
}

@ApiSchema({ name: 'GuestInfo', description: 'In the words of the agent in the guest: not to be trusted.' })
export class GuestInfoDto implements GuestInfo {
  @ApiProperty({ description: 'False: the agent is away, and this is what it told last.' })
  connected!: boolean;
  @ApiProperty({ format: 'date-time' }) observedAt!: string;
  @Nullable(String) agentVersion!: string | null;
  @Nullable(String) hostname!: string | null;
  @Nullable(String) timezone!: string | null;
  @ApiProperty({ type: GuestOsDto }) os!: GuestOs;
  @ApiProperty({ type: [GuestUserDto] }) users!: GuestUser[];
  @ApiProperty({ type: [GuestFileSystemDto] }) fileSystems!: GuestFileSystem[];
  @ApiProperty({ type: [GuestInterfaceDto] }) interfaces!: GuestInterface[];
  @ApiProperty() frozen!: boolean;
}

@ApiSchema({ name: 'SshKey' })
class SshKeyDto implements SshKey {
  @Nullable(String, { description: "The project's name for it." }) name!: string | null;
  @ApiProperty() key!: string;
  @ApiProperty({ example: 'ssh-ed25519' }) type!: string;
  @Nullable(String) comment!: string | null;
  @ApiProperty({ example: 'SHA256:...' }) fingerprint!: string;
}

@ApiSchema({ name: 'SshSynchronized' })
class SshSynchronizedDto {
  @ApiProperty() value!: boolean;
  @Nullable(String) message!: string | null;
}

@ApiSchema({ name: 'SshAccess' })
export class SshAccessDto implements SshAccessView {
  @Nullable(String) user!: string | null;
  @ApiProperty({ type: [SshKeyDto] }) keys!: SshKey[];
  @ApiProperty({ description: 'Changes reach the running guest; false: from its next start on.' })
  live!: boolean;
  @Nullable(SshSynchronizedDto) synchronized!: SshAccessView['synchronized'];
}
