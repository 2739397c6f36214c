import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { MachinePolicyView } from '../commands/machine-policy.js';
import type { LimitsView } from '../domain/limits.js';
import type { MigrationSettings, PolicySelectors } from '../domain/policy.js';
import type { PolicyView } from '../domain/policy-view.js';

/** The answers' shapes for OpenAPI: nothing is made of these classes. */
const nullable = (type: unknown, more: object = {}) =>
  ApiProperty({ type, nullable: true, ...more } as never);
const labels = () => ApiProperty({ type: 'object', additionalProperties: { type: 'string' } });

@ApiSchema({ name: 'MigrationPolicySelectors' })
export class PolicySelectorsDto implements PolicySelectors {
  @labels() projects!: Record<string, string>;
  @labels() namespaces!: Record<string, string>;
  @labels() virtualMachines!: Record<string, string>;
}

@ApiSchema({ name: 'MigrationPolicy', description: 'Null: as the cluster has it.' })
export class MigrationPolicyDto implements PolicyView {
  @ApiProperty({ description: 'The uid in the cluster.' }) id!: string;
  @ApiProperty() name!: string;
  @ApiProperty({ type: PolicySelectorsDto }) selectors!: PolicySelectorsDto;
  @nullable(Boolean) allowAutoConverge!: boolean | null;
  @nullable(Boolean) allowPostCopy!: boolean | null;
  @nullable(Boolean) allowWorkloadDisruption!: boolean | null;
  @nullable(String, { example: '64Mi' }) bandwidthPerMigration!: string | null;
  @nullable(Number) completionTimeoutPerGiB!: number | null;
  @nullable(Number) maxDowntimeMs!: number | null;
  @ApiProperty({ format: 'date-time' }) createdAt!: string;
}

@ApiSchema({ name: 'MigrationPolicyPage' })
export class MigrationPolicyPageDto {
  @ApiProperty({ type: [MigrationPolicyDto] }) items!: MigrationPolicyDto[];
  @nullable(String) nextCursor!: string | null;
  @ApiProperty() total!: number;
}

@ApiSchema({ name: 'MigrationSettings' })
export class MigrationSettingsDto implements MigrationSettings {
  @ApiProperty() allowAutoConverge!: boolean;
  @ApiProperty() allowPostCopy!: boolean;
  @ApiProperty() allowWorkloadDisruption!: boolean;
  @ApiProperty({ description: 'Bytes a second; "0": no limit.' }) bandwidthPerMigration!: string;
  @ApiProperty({ description: 'Seconds.' }) completionTimeoutPerGiB!: number;
  @ApiProperty() maxDowntimeMs!: number;
}

@ApiSchema({ name: 'MachineMigrationPolicy' })
export class MachinePolicyDto implements MachinePolicyView {
  @nullable(String, { description: 'Null where none matches.' }) policy!: string | null;
  @ApiProperty({ description: 'Why this one, in words.' }) why!: string;
  @ApiProperty({ type: MigrationSettingsDto, description: 'What it comes to.' })
  settings!: MigrationSettingsDto;
}

@ApiSchema({ name: 'MigrationLimits' })
export class MigrationLimitsDto extends MigrationSettingsDto implements LimitsView {
  @ApiProperty() parallelMigrationsPerCluster!: number;
  @ApiProperty() parallelOutboundMigrationsPerNode!: number;
  @ApiProperty({ description: 'Seconds without a byte moved.' }) progressTimeout!: number;
  @ApiProperty({
    type: [String],
    description: "Those that are written down; all others are KubeVirt's defaults.",
  })
  set!: string[];
  @nullable(String, { description: "Who keeps KubeVirt's settings instead; null: they can be changed here." })
  managedBy!: string | null;
}
