import { Injectable } from '@nestjs/common';
import { requestInvalid } from '../../../kernel/failures.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import type { TenantRef } from '../../../platform/access/access-port.js';
import type { Tx } from '../../../platform/database/database.js';
import { effectiveQuota, type QuotaSetting, writeSetting } from '../data/quota-settings.js';
import type { QuotaTables } from '../data/quota-tables.js';
import { lockTenantQuota } from '../data/reservation-rows.js';
import { type Limits, type LimitsBody, readLimits } from '../domain/limits.js';
import { shown } from '../domain/meters.js';
import { quotaAboveTenant } from '../domain/quota-failures.js';
import type { QuotaView } from '../domain/quota-view.js';
import { QuotaReading } from './quota-reading.js';
import { RecordedQuotaChange } from './recorded-quota-change.js';

/** Throws request.precondition_failed where the caller expected another representation. */
export type Expectation = (version: string) => void;

export interface ProjectQuotaBody {
  limits: LimitsBody;
  warnAtPercent?: number | null;
}
export interface TenantQuotaBody extends ProjectQuotaBody {
  projectDefaults?: LimitsBody | null;
}
export interface QuotaDefaultsBody {
  tenantLimits?: LimitsBody | null;
  projectLimits?: LimitsBody | null;
  warnAtPercent?: number | null;
}

/** The representation that an ETag stands for: all of what is shown. */
export const quotaVersion = (view: object): string => JSON.stringify(view);

/** Sets limits: a project's within its tenant's, by whoever manages the tenant; a tenant's by the platform. */
@Injectable()
export class SetQuota {
  constructor(
    private readonly change: RecordedQuotaChange,
    private readonly reading: QuotaReading,
  ) {}

  /** Throws request.invalid, quota.above_tenant. Limits below what is used refuse only what is new. */
  async project(
    principal: Principal,
    project: ProjectRef,
    body: ProjectQuotaBody,
    expect: Expectation,
  ): Promise<QuotaView> {
    const limits = checked(body.limits, '/limits');
    const what = { action: 'project.quota.set', target: { type: 'project', name: project.name }, project };
    return this.change.run(principal, what, async (tx) => {
      await lockTenantQuota(tx, project.tenantId);
      expect(quotaVersion(await this.reading.project(project, tables(tx))));
      await this.requireWithinTenant(tx, project, limits);
      const { tenantId, id: projectId } = project;
      await writeSetting(tx, { tenantId, projectId }, setting({ limits, warn: body.warnAtPercent }));
      return this.reading.project(project, tables(tx));
    });
  }

  /** Throws request.invalid. */
  async tenant(
    principal: Principal,
    tenant: TenantRef,
    body: TenantQuotaBody,
    expect: Expectation,
  ): Promise<QuotaView> {
    const limits = checked(body.limits, '/limits');
    const projectDefaults = checked(body.projectDefaults ?? {}, '/projectDefaults');
    const what = {
      action: 'tenant.quota.set',
      target: { type: 'tenant', name: tenant.name },
      project: null,
      tenantId: tenant.id,
    };
    return this.change.run(principal, what, async (tx) => {
      await lockTenantQuota(tx, tenant.id);
      expect(quotaVersion(await this.reading.tenant(tenant, tables(tx))));
      const values = setting({ limits, projectDefaults, warn: body.warnAtPercent });
      await writeSetting(tx, { tenantId: tenant.id, projectId: null }, values);
      return this.reading.tenant(tenant, tables(tx));
    });
  }

  /** What tenants and projects have that say nothing themselves. Throws request.invalid. */
  platform(principal: Principal, body: QuotaDefaultsBody): Promise<QuotaSetting> {
    const tenantDefaults = checked(body.tenantLimits ?? {}, '/tenantLimits');
    const projectDefaults = checked(body.projectLimits ?? {}, '/projectLimits');
    const what = {
      action: 'platform.quota.set',
      target: { type: 'platform', name: 'quota-defaults' },
      project: null,
    };
    const values = setting({ tenantDefaults, projectDefaults, warn: body.warnAtPercent });
    return this.change.run(principal, what, (tx) =>
      writeSetting(tx, { tenantId: null, projectId: null }, values),
    );
  }

  private async requireWithinTenant(tx: Tx, project: ProjectRef, limits: Limits): Promise<void> {
    const around = effectiveQuota(await this.reading.settings(project.tenantId, tables(tx))).tenant;
    const errors = [...around.limits].flatMap(([meter, most]) => {
      const limit = limits[meter];
      if (limit === undefined || limit === null || limit <= most) return [];
      const message = `${meter}: ${shown(meter, limit)} is more than the tenant's ${shown(meter, most)}.`;
      return [{ pointer: pointerOf(meter), code: 'quota.above_tenant', message }];
    });
    if (errors[0]) throw quotaAboveTenant(errors[0].message, { errors });
  }
}

const tables = (tx: Tx) => tx.tables<QuotaTables>();

const pointerOf = (meter: string) =>
  meter.startsWith('storage/')
    ? `/limits/storageClasses/${meter.slice('storage/'.length)}`
    : `/limits/${meter}`;

function checked(body: LimitsBody, pointer: string): Limits {
  const { limits, problems } = readLimits(body);
  if (problems.length === 0) return limits;
  const errors = problems.map(({ pointer: field, message }) => ({
    pointer: `${pointer}${field}`,
    code: 'quota.limit',
    message: `${field.slice(1)} ${message}`,
  }));
  throw requestInvalid(errors[0]?.message, { errors });
}

const setting = (given: {
  limits?: Limits;
  projectDefaults?: Limits;
  tenantDefaults?: Limits;
  warn?: number | null;
}): Omit<QuotaSetting, 'version'> => ({
  limits: given.limits ?? {},
  projectDefaults: given.projectDefaults ?? {},
  tenantDefaults: given.tenantDefaults ?? {},
  warnAtPercent: given.warn ?? null,
});
