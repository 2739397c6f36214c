import { parseMilli } from '../../../kernel/quantity.js';
import type { Keyed, ViewDefinition } from '../../../platform/cluster/cluster-cache.js';
import { KUBEVIRT, RESOURCE_QUOTA } from '../../../platform/cluster/kinds.js';
import { identity, integer, record } from './reading.js';

export const BUDGET_NAME = 'virtgate';
const PROJECT_ID_LABEL = 'virtgate.io/project-id';

export interface BudgetView extends Keyed {
  projectId: string;
  /** Comparable text of `spec.hard`. */
  hard: string;
}

export const hardText = (hard: Record<string, unknown>): string =>
  JSON.stringify(Object.entries(hard).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The quotas that virtgate keeps, and only these. */
export const BUDGETS: ViewDefinition<BudgetView> = {
  kind: RESOURCE_QUOTA,
  labelSelector: PROJECT_ID_LABEL,
  project: (object) => ({
    ...identity(object),
    projectId: object.metadata.labels?.[PROJECT_ID_LABEL] ?? '',
    hard: hardText(record(record(object.spec).hard)),
  }),
};

/** What KubeVirt is set to, as far as pods' sizes go. */
export interface KubeVirtView extends Keyed {
  parallelMigrations: bigint;
  overheadRatioMilli: bigint;
}

/** KubeVirt's own defaults (pkg/virt-config). */
const PARALLEL_MIGRATIONS = 5;

export const KUBEVIRTS: ViewDefinition<KubeVirtView> = {
  kind: KUBEVIRT,
  optional: true,
  project: (object) => {
    const { migrations, additionalGuestMemoryOverheadRatio } = record(record(object.spec).configuration);
    const parallel = integer(record(migrations).parallelMigrationsPerCluster) ?? PARALLEL_MIGRATIONS;
    return {
      ...identity(object),
      parallelMigrations: BigInt(parallel),
      overheadRatioMilli: parseMilli(String(additionalGuestMemoryOverheadRatio ?? '1')) ?? 1000n,
    };
  },
};

export function budgetManifest(
  project: { id: string; name: string; tenant: string; namespace: string },
  hard: Record<string, string>,
) {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: {
      name: BUDGET_NAME,
      namespace: project.namespace,
      labels: {
        'virtgate.io/project': project.name,
        [PROJECT_ID_LABEL]: project.id,
        'virtgate.io/tenant': project.tenant,
      },
    },
    spec: { hard },
  };
}
