import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { StorageAbility } from '../../../platform/cluster/cluster-capabilities.js';

@ApiSchema({ name: 'StorageAbility' })
export class StorageAbilityView implements StorageAbility {
  @ApiProperty() storageClass!: string;
  @ApiProperty({ type: [String], example: ['ReadWriteMany'] }) accessModes!: readonly string[];
  @ApiProperty({ description: 'Machines on it can migrate while they run.' }) sharedAccess!: boolean;
  @ApiProperty({ type: String, nullable: true }) cloneStrategy!: string | null;
  @ApiProperty({ type: String, nullable: true }) snapshotClass!: string | null;
}

@ApiSchema({ name: 'LiveUpdate' })
export class LiveUpdateView {
  @ApiProperty({ description: 'Changes reach running machines, as far as KubeVirt can.' }) enabled!: boolean;
  @ApiProperty({ description: 'It may move machines for that.' }) movesMachines!: boolean;
}

@ApiSchema({ name: 'Weakness' })
export class WeaknessView {
  @ApiProperty({ example: 'CVE-2026-7374' }) id!: string;
  @ApiProperty() summary!: string;
}

@ApiSchema({ name: 'Capabilities' })
export class CapabilitiesView {
  @ApiProperty({ type: String, nullable: true, example: 'v1.33.1' }) kubernetes!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'v1.9.0' }) kubevirt!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'v1.66.0' }) cdi!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'boolean' }, example: { Snapshot: true } })
  featureGates!: Readonly<Record<string, boolean>>;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'string' } },
    description: 'Groups with the versions that are served, the preferred one first.',
  })
  apis!: Readonly<Record<string, readonly string[]>>;
  @ApiProperty({ type: [StorageAbilityView] }) storage!: readonly StorageAbilityView[];
  @ApiProperty({ type: LiveUpdateView }) liveUpdate!: LiveUpdateView;
  @ApiProperty({
    type: [WeaknessView],
    nullable: true,
    description:
      'Known holes of this release of KubeVirt; null for whoever has no `nodes:read` on the platform.',
  })
  weaknesses!: readonly WeaknessView[] | null;
  @ApiProperty({ format: 'date-time' }) observedAt!: string;
}
