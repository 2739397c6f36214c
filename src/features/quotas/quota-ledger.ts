import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { ProjectRef } from '../../kernel/principal.js';
import type { Tx } from '../../platform/database/database.js';
import {
  OperationLedger,
  OperationsContract,
  type Reservation,
  type Take,
} from '../operations/operations.contract.js';
import { type EffectiveQuota, effectiveQuota, readSettings } from './data/quota-settings.js';
import type { QuotaTables } from './data/quota-tables.js';
import {
  deleteReservations,
  inheritReservations,
  insertReservations,
  lockTenantQuota,
} from './data/reservation-rows.js';
import { ResolveTakes } from './data/resolve-takes.js';
import { readTotals } from './data/totals.js';
import { wasRead } from './data/usage-rows.js';
import type { Entry } from './domain/entry.js';
import { exceeded, quotaUnknown } from './domain/quota-failures.js';
import { judge } from './domain/verdict.js';

/** Writes down, within the transaction, what the cluster has in a project at this moment. */
export type TakeStock = (tx: Tx, project: ProjectRef) => Promise<void>;

/**
 * What operations reserve, from their beginning to their settling. See docs/adr/0008: the leader alone writes what is
 * used, and settling swaps a reservation for it in one transaction, so an object is always one of them.
 */
@Injectable()
export class QuotaLedger extends OperationLedger implements OnModuleInit {
  private takeStock: TakeStock | null = null;

  constructor(
    private readonly operations: OperationsContract,
    private readonly takes: ResolveTakes,
  ) {
    super();
  }

  onModuleInit(): void {
    this.operations.keepLedger(this);
  }

  /** In a worker: who reads the cluster when an operation settles. */
  stockTakenBy(takeStock: TakeStock): void {
    this.takeStock = takeStock;
  }

  /** Throws quota.exceeded, and quota.not_ready where a limit cannot be judged yet. */
  async reserve(
    tx: Tx,
    operation: { id: string; project: ProjectRef },
    takes: readonly Take[],
    replaces: readonly string[],
  ): Promise<Reservation> {
    const { project } = operation;
    const { warnings, entries } =
      takes.length === 0 ? { warnings: [], entries: [] } : await this.check(tx, project, takes);
    return {
      warnings,
      enter: async () => {
        await insertReservations(tx, operation, entries);
        if (replaces.length > 0) await inheritReservations(tx, operation.id, replaces);
      },
    };
  }

  async settle(tx: Tx, { id, project }: { id: string; project: ProjectRef }): Promise<void> {
    await this.takeStock?.(tx, project);
    await deleteReservations(tx, id);
  }

  private async check(
    tx: Tx,
    project: ProjectRef,
    takes: readonly Take[],
  ): Promise<{ warnings: string[]; entries: Entry[] }> {
    const entries = await this.takes.execute(tx, project, takes);
    const { tenantId } = project;
    const settings = await readSettings(tx.tables<QuotaTables>(), { tenantId, projectId: project.id });
    const quota = effectiveQuota(settings);
    const limited = quota.project.limits.size + quota.tenant.limits.size > 0;
    if (!limited) return { warnings: [], entries };
    if (!(await wasRead(tx))) throw quotaUnknown();
    // What does not fit now need not wait for its turn to be refused: a stampede must not keep the others out.
    await this.judge(tx, project, quota, entries);
    await lockTenantQuota(tx, tenantId);
    return { warnings: await this.judge(tx, project, quota, entries), entries };
  }

  /** Throws quota.exceeded; returns warnings. */
  private async judge(
    tx: Tx,
    project: ProjectRef,
    quota: EffectiveQuota,
    entries: readonly Entry[],
  ): Promise<string[]> {
    const tenantWide = quota.tenant.limits.size > 0;
    const scope = { projectId: project.id, tenantId: project.tenantId, tenantWide };
    const totals = await readTotals(tx.tables<QuotaTables>(), scope, entries);
    const { shortages, warnings } = judge([
      { scope: { type: 'project', name: project.name }, ...quota.project, ...totals.project },
      ...(tenantWide
        ? [{ scope: { type: 'tenant' as const, name: project.tenant }, ...quota.tenant, ...totals.tenant }]
        : []),
    ]);
    if (shortages.length > 0) throw exceeded(shortages);
    return warnings;
  }
}
