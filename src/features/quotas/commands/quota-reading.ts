import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { Database } from '../../../platform/database/database.js';
import {
  effectiveQuota,
  type QuotaSetting,
  type QuotaSettings,
  readSettings,
} from '../data/quota-settings.js';
import type { QuotaTables } from '../data/quota-tables.js';
import { readTotals, type Sums } from '../data/totals.js';
import { type QuotaView, quotaView } from '../domain/quota-view.js';

export interface ProjectPlace {
  id: string;
  name: string;
  tenantId: string;
  tenant: string;
}

/** Quotas as they stand. One reading is of one moment, give or take what is set meanwhile. */
@Injectable()
export class QuotaReading {
  constructor(private readonly database: Database) {}

  async project(project: ProjectPlace, tables: Kysely<QuotaTables> = this.tables): Promise<QuotaView> {
    const { tenantId, id: projectId } = project;
    const settings = await readSettings(tables, { tenantId, projectId });
    const { project: own, tenant } = effectiveQuota(settings);
    const totals = await readTotals(tables, { tenantId, projectId, tenantWide: tenant.limits.size > 0 });
    const around = tenant.limits.size > 0 ? { limits: tenant.limits, ...totals.tenant } : null;
    return quotaView({
      scope: { type: 'project', name: project.name },
      setting: settings.project,
      ...own,
      sums: totals.project,
      around,
    });
  }

  async tenant(
    tenant: { id: string; name: string },
    tables: Kysely<QuotaTables> = this.tables,
  ): Promise<QuotaView> {
    const settings = await readSettings(tables, { tenantId: tenant.id, projectId: null });
    const own = effectiveQuota(settings).tenant;
    const sums: Sums = (await readTotals(tables, { tenantId: tenant.id, projectId: '', tenantWide: true }))
      .tenant;
    return quotaView({
      scope: { type: 'tenant', name: tenant.name },
      setting: settings.tenant,
      ...own,
      sums,
      around: null,
    });
  }

  async platform(tables: Kysely<QuotaTables> = this.tables): Promise<QuotaSetting> {
    return (await readSettings(tables, { tenantId: '', projectId: null })).platform;
  }

  settings(tenantId: string, tables: Kysely<QuotaTables> = this.tables): Promise<QuotaSettings> {
    return readSettings(tables, { tenantId, projectId: null });
  }

  private get tables() {
    return this.database.tables<QuotaTables>();
  }
}
