import { Injectable } from '@nestjs/common';
import { Failure } from '../../../kernel/failure.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { ClusterCache, type ResourceCache } from '../../../platform/cluster/cluster-cache.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { RESOURCE_QUOTA } from '../../../platform/cluster/kinds.js';
import { Database } from '../../../platform/database/database.js';
import {
  BUDGET_NAME,
  BUDGETS,
  type BudgetView,
  budgetManifest,
  hardText,
  KUBEVIRTS,
  type KubeVirtView,
} from '../data/budget-views.js';
import { effectiveQuota, readSettings } from '../data/quota-settings.js';
import type { QuotaTables } from '../data/quota-tables.js';
import { readLargest, readTotals } from '../data/totals.js';
import { greater, type Resource, smaller } from '../domain/meters.js';
import { namespaceBudget } from '../domain/namespace-budget.js';

type Limits = ReadonlyMap<string, bigint>;

/** Makes the ResourceQuota of a project's namespace agree with its limits; where they bound nothing, there is none. */
@Injectable()
export class SyncBudget {
  readonly budgets: ResourceCache<BudgetView>;
  readonly kubevirts: ResourceCache<KubeVirtView>;

  constructor(
    private readonly database: Database,
    private readonly cluster: ClusterClient,
    cache: ClusterCache,
  ) {
    this.budgets = cache.define(BUDGETS);
    this.kubevirts = cache.define(KUBEVIRTS);
  }

  /** Idempotent. Throws what may pass; what the cluster refuses for good as well. */
  async execute(project: ProjectRef): Promise<void> {
    const hard = await this.hardOf(project);
    const present = this.budgets.get(project.namespace, BUDGET_NAME);
    if (!hard) return present ? this.remove(project, present) : undefined;
    if (present?.hard === hardText(hard) && present.projectId === project.id) return;
    const manifest = budgetManifest(project, hard);
    // What stands there and is not bounded any more has to go, which applying does not do for others' fields.
    if (present) await this.cluster.replace(RESOURCE_QUOTA, project.namespace, manifest);
    else {
      await this.cluster.patch(RESOURCE_QUOTA, project.namespace, BUDGET_NAME, {
        type: 'apply',
        body: manifest,
      });
    }
  }

  private async remove({ namespace }: ProjectRef, { uid }: BudgetView): Promise<void> {
    await this.cluster.delete(RESOURCE_QUOTA, namespace, BUDGET_NAME, { uid }).catch((error) => {
      if (!(error instanceof Failure) || error.code !== 'cluster.not_found') throw error;
    });
  }

  private async hardOf({ id, tenantId }: ProjectRef): Promise<Record<string, string> | null> {
    const tables = this.database.tables<QuotaTables>();
    const quota = effectiveQuota(await readSettings(tables, { tenantId, projectId: id }));
    const bound = (...meters: string[]) => least(quota.project.limits, quota.tenant.limits, ...meters);
    if (bound('vcpus') === null) return null;
    const { project } = await readTotals(tables, { tenantId, projectId: id, tenantWide: false });
    // What was there before a limit was lowered may run on, and start again.
    const atLeastPresent = (limit: bigint | null, meter: Resource) =>
      limit === null ? null : greater(limit, (project.used[meter] ?? 0n) + (project.reserved[meter] ?? 0n));
    const [kubevirt] = this.kubevirts.all();
    return namespaceBudget({
      vcpus: atLeastPresent(bound('vcpus'), 'vcpus'),
      memory: atLeastPresent(bound('memory'), 'memory'),
      machines: atLeastPresent(bound('vms', 'runningVms'), 'runningVms'),
      largest: await readLargest(tables, id),
      parallelMigrations: kubevirt?.parallelMigrations ?? 5n,
      overheadRatioMilli: kubevirt?.overheadRatioMilli ?? 1000n,
    });
  }
}

/** The smallest of the limits that there are. */
function least(own: Limits, around: Limits, ...meters: string[]): bigint | null {
  const all = meters
    .flatMap((meter) => [own.get(meter), around.get(meter)])
    .filter((one) => one !== undefined);
  return all.length === 0 ? null : all.reduce(smaller);
}
