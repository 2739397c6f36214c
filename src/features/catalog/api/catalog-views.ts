import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { InstanceType, Preference, StorageClass } from '../domain/catalog-items.js';
import type { Network } from '../domain/network.js';

/** The shapes of REST, for OpenAPI. */
@ApiSchema({ name: 'InstanceType' })
export class InstanceTypeView implements InstanceType {
  @ApiProperty() name!: string;
  @ApiProperty({ type: String, nullable: true }) displayName!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'general.purpose' }) class!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'u1' }) series!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'medium' }) size!: string | null;
  @ApiProperty({ type: 'integer' }) cpus!: number;
  @ApiProperty({ example: '4Gi' }) memory!: string;
  @ApiProperty() dedicatedCpus!: boolean;
  @ApiProperty({ type: String, nullable: true, example: '2Mi' }) hugePages!: string | null;
  @ApiProperty({ type: [String] }) gpus!: readonly string[];
}

@ApiSchema({ name: 'Preference' })
export class PreferenceView implements Preference {
  @ApiProperty() name!: string;
  @ApiProperty({ type: String, nullable: true }) displayName!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'linux' }) osType!: string | null;
  @ApiProperty({ type: 'integer', nullable: true }) requiredCpus!: number | null;
  @ApiProperty({ type: String, nullable: true, example: '2Gi' }) requiredMemory!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'virtio' }) diskBus!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'virtio' }) interfaceModel!: string | null;
  @ApiProperty() efi!: boolean;
  @ApiProperty() secureBoot!: boolean;
  @ApiProperty() tpm!: boolean;
}

@ApiSchema({ name: 'StorageModes' })
export class StorageModesView {
  @ApiProperty({ example: 'ReadWriteMany' }) accessMode!: string;
  @ApiProperty({ type: String, nullable: true, example: 'Block' }) volumeMode!: string | null;
}

@ApiSchema({ name: 'StorageClass' })
export class StorageClassView implements StorageClass {
  @ApiProperty() name!: string;
  @ApiProperty({ description: 'Taken where a request names none.' }) default!: boolean;
  @ApiProperty() provisioner!: string;
  @ApiProperty({ type: [String] }) accessModes!: readonly string[];
  @ApiProperty({ type: String, nullable: true, example: 'Block' }) volumeMode!: string | null;
  @ApiProperty({
    type: [StorageModesView],
    description: 'Which go together; the first is taken where nothing is said.',
  })
  modes!: readonly StorageModesView[];
  @ApiProperty({ type: Boolean, nullable: true, description: 'Null where it is not known.' })
  liveMigratable!: boolean | null;
  @ApiProperty() snapshots!: boolean;
  @ApiProperty({ type: String, nullable: true, enum: ['snapshot', 'csi-clone', 'copy'] })
  cloneStrategy!: string | null;
  @ApiProperty() expandable!: boolean;
  @ApiProperty() bindsOnFirstUse!: boolean;
}

@ApiSchema({ name: 'Network' })
export class NetworkDto implements Network {
  @ApiProperty({
    description: 'As machines name it: `pod`, a name, or `namespace/name` of one that is shared.',
  })
  name!: string;
  @ApiProperty({ enum: ['pod', 'secondary'] }) kind!: Network['kind'];
  @ApiProperty({ type: String, nullable: true }) displayName!: string | null;
  @ApiProperty({ type: String, nullable: true }) description!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'bridge' }) type!: string | null;
  @ApiProperty({ type: 'integer', nullable: true }) vlan!: number | null;
  @ApiProperty({ description: "The platform's: every project sees it." }) shared!: boolean;
}
