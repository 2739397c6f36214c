import type { Kysely, Selectable } from 'kysely';
import type { Tx } from '../../../platform/database/database.js';
import { effective, fromStored, type Limits, toStored } from '../domain/limits.js';
import type { QuotaTable, QuotaTables } from './quota-tables.js';

type Tables = Kysely<QuotaTables>;

/** What somebody has set for one scope, as it was set. */
export interface QuotaSetting {
  limits: Limits;
  projectDefaults: Limits;
  tenantDefaults: Limits;
  warnAtPercent: number | null;
  version: number;
}

/** The limits that hold in a project and its tenant, defaults included. */
export interface EffectiveQuota {
  project: { limits: ReadonlyMap<string, bigint>; warnAtPercent: number | null };
  tenant: { limits: ReadonlyMap<string, bigint>; warnAtPercent: number | null };
}

export interface QuotaSettings {
  platform: QuotaSetting;
  tenant: QuotaSetting;
  /** Nothing where no project was asked for. */
  project: QuotaSetting;
}

const PLATFORM = 'platform';
const NOTHING: QuotaSetting = {
  limits: {},
  projectDefaults: {},
  tenantDefaults: {},
  warnAtPercent: null,
  version: 0,
};

export async function readSettings(
  tables: Tables,
  { tenantId, projectId }: { tenantId: string; projectId: string | null },
): Promise<QuotaSettings> {
  const ids = [PLATFORM, tenantId, ...(projectId === null ? [] : [projectId])];
  const rows = await tables.selectFrom('quota').selectAll().where('id', 'in', ids).execute();
  const of = (id: string | null) => {
    const row = rows.find((candidate) => candidate.id === id);
    return row ? settingOf(row) : NOTHING;
  };
  return { platform: of(PLATFORM), tenant: of(tenantId), project: of(projectId) };
}

export function effectiveQuota({ platform, tenant, project }: QuotaSettings): EffectiveQuota {
  return {
    project: {
      limits: effective(project.limits, tenant.projectDefaults, platform.projectDefaults),
      warnAtPercent: project.warnAtPercent ?? tenant.warnAtPercent ?? platform.warnAtPercent,
    },
    tenant: {
      limits: effective(tenant.limits, platform.tenantDefaults),
      warnAtPercent: tenant.warnAtPercent ?? platform.warnAtPercent,
    },
  };
}

/** Replaces what was set for a scope. Both ids null: the platform's defaults. */
export async function writeSetting(
  tx: Tx,
  { tenantId, projectId }: { tenantId: string | null; projectId: string | null },
  setting: Omit<QuotaSetting, 'version'>,
): Promise<QuotaSetting> {
  const values = {
    limits: JSON.stringify(toStored(setting.limits)),
    project_defaults: JSON.stringify(toStored(setting.projectDefaults)),
    tenant_defaults: JSON.stringify(toStored(setting.tenantDefaults)),
    warn_at_percent: setting.warnAtPercent,
  };
  const row = await tx
    .tables<QuotaTables>()
    .insertInto('quota')
    .values({
      id: projectId ?? tenantId ?? PLATFORM,
      tenant_id: projectId === null ? tenantId : null,
      project_id: projectId,
      ...values,
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((eb) => ({
        ...values,
        version: eb('quota.version', '+', 1),
        updated_at: new Date(),
      })),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
  return settingOf(row);
}

const settingOf = (row: Selectable<QuotaTable>): QuotaSetting => ({
  limits: fromStored(row.limits),
  projectDefaults: fromStored(row.project_defaults),
  tenantDefaults: fromStored(row.tenant_defaults),
  warnAtPercent: row.warn_at_percent,
  version: row.version,
});
