import { ApiProperty } from '@nestjs/swagger';
import type { QuotaSetting } from '../data/quota-settings.js';
import { showLimits } from '../domain/limits.js';
import type { QuotaView, ResourceStanding } from '../domain/quota-view.js';

const AMOUNT = { oneOf: [{ type: 'integer' }, { type: 'string', example: '64Gi' }] };

export class ResourceStandingDto implements ResourceStanding {
  @ApiProperty({ ...AMOUNT, nullable: true, description: 'Null: no limit.' })
  limit!: number | string | null;

  @ApiProperty(AMOUNT)
  used!: number | string;

  @ApiProperty({ ...AMOUNT, description: 'By operations that have not settled.' })
  reserved!: number | string;

  @ApiProperty({ ...AMOUNT, nullable: true, description: "Also as far as the tenant's quota reaches." })
  available!: number | string | null;
}

const STANDINGS = {
  type: 'object',
  additionalProperties: { $ref: '#/components/schemas/ResourceStandingDto' },
} as const;
const LIMITS = { type: 'object', additionalProperties: true } as const;

export class QuotaDto implements QuotaView {
  @ApiProperty({ enum: ['project', 'tenant'] })
  scope!: 'project' | 'tenant';

  @ApiProperty()
  name!: string;

  @ApiProperty({ ...LIMITS, description: 'As they were set here; the rest is the default.' })
  limits!: Record<string, unknown>;

  @ApiProperty({ ...LIMITS, nullable: true, description: 'Of a tenant.' })
  projectDefaults!: Record<string, unknown> | null;

  @ApiProperty({ type: 'integer', nullable: true })
  warnAtPercent!: number | null;

  @ApiProperty(STANDINGS)
  resources!: Record<string, ResourceStandingDto>;

  @ApiProperty(STANDINGS)
  storageClasses!: Record<string, ResourceStandingDto>;
}

export class QuotaDefaultsDto {
  @ApiProperty(LIMITS)
  tenantLimits!: Record<string, unknown>;

  @ApiProperty(LIMITS)
  projectLimits!: Record<string, unknown>;

  @ApiProperty({ type: 'integer', nullable: true })
  warnAtPercent!: number | null;
}

export const defaultsView = (setting: QuotaSetting): QuotaDefaultsDto => ({
  tenantLimits: showLimits(setting.tenantDefaults),
  projectLimits: showLimits(setting.projectDefaults),
  warnAtPercent: setting.warnAtPercent,
});

/** GraphQL has no maps: a list of the same, amounts as text. */
export function quotaNode(view: QuotaView) {
  const list = (standings: Record<string, ResourceStanding>) =>
    Object.entries(standings).map(([name, { limit, used, reserved, available }]) => ({
      name,
      limit: limit === null ? null : String(limit),
      used: String(used),
      reserved: String(reserved),
      available: available === null ? null : String(available),
    }));
  return { ...view, resources: list(view.resources), storageClasses: list(view.storageClasses) };
}
