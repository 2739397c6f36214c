import type { MigrationSettings } from '../nodes/guest-migration.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { quantityBytes } from './quantity.js';
import { KUBEVIRTS, MIGRATION_POLICIES, type World } from './reconciliation.js';

/** KubeVirt's defaults as of v1.9. @see KubeVirt pkg/virt-config/virt-config.go, and the CRD's own words. */
const DEFAULTS = {
  nodeDrainTaintKey: 'kubevirt.io/drain',
  parallelOutboundMigrationsPerNode: 2,
  parallelMigrationsPerCluster: 5,
  allowAutoConverge: false,
  bandwidthPerMigration: '0',
  completionTimeoutPerGiB: 150,
  progressTimeout: 150,
  unsafeMigrationOverride: false,
  allowPostCopy: false,
  allowWorkloadDisruption: false,
  maxDowntimeMs: 900,
};

const OF_POLICY = [
  'allowAutoConverge',
  'bandwidthPerMigration',
  'completionTimeoutPerGiB',
  'allowPostCopy',
  'allowWorkloadDisruption',
  'maxDowntimeMs',
] as const;

/** What holds for all migrations of the cluster. */
export function clusterMigrationConfiguration(world: Pick<World, 'list'>): Untyped {
  const given = world.list(KUBEVIRTS)[0]?.spec?.configuration?.migrations ?? {};
  const said = Object.entries(given).filter(([, value]) => value !== null && value !== undefined);
  const configuration = { ...DEFAULTS, ...Object.fromEntries(said) };
  // Where post-copy is allowed, so is the disruption that it may bring, unless somebody says otherwise.
  if (given.allowWorkloadDisruption === undefined) {
    configuration.allowWorkloadDisruption = configuration.allowPostCopy;
  }
  return configuration;
}

/** What holds for a migration of this instance, and the policy that had a say in it. */
export function migrationConfigurationFor(
  vmi: KubeObject,
  world: Pick<World, 'list' | 'get'>,
): { configuration: Untyped; policyName?: string } {
  const configuration = clusterMigrationConfiguration(world);
  const policy = matchingPolicy(vmi, world);
  if (!policy) return { configuration };
  for (const field of OF_POLICY) {
    const value = policy.spec?.[field];
    if (value !== undefined && value !== null) configuration[field] = value;
  }
  if (policy.spec?.allowPostCopy !== undefined && policy.spec.allowWorkloadDisruption === undefined) {
    configuration.allowWorkloadDisruption = policy.spec.allowPostCopy;
  }
  return { configuration, policyName: policy.metadata.name };
}

/**
 * Of the policies whose labels the instance and its namespace all have, the one that names most of them;
 * among equals the first by name. @see KubeVirt api/migrations/v1alpha1/types.go, MatchPolicy
 */
export function matchingPolicy(vmi: KubeObject, world: Pick<World, 'list' | 'get'>): KubeObject | undefined {
  const namespace = world.get('namespaces', undefined, vmi.metadata.namespace ?? '');
  const scored = world.list(MIGRATION_POLICIES).flatMap((policy) => {
    const { namespaceSelector, virtualMachineInstanceSelector } = policy.spec?.selectors ?? {};
    const ofNamespace = matchCount(namespaceSelector, namespace?.metadata.labels);
    const ofInstance = matchCount(virtualMachineInstanceSelector, vmi.metadata.labels);
    return ofNamespace === undefined || ofInstance === undefined
      ? []
      : [{ policy, score: ofNamespace + ofInstance }];
  });
  return scored.toSorted(
    (left, right) =>
      right.score - left.score || left.policy.metadata.name.localeCompare(right.policy.metadata.name),
  )[0]?.policy;
}

/** How many labels are asked for, if all of them are there. */
function matchCount(
  selector: Record<string, string> | undefined,
  labels: Record<string, string> | undefined,
): number | undefined {
  const wanted = Object.entries(selector ?? {});
  return wanted.every(([key, value]) => labels?.[key] === value) ? wanted.length : undefined;
}

/** A migration's configuration as the node takes it. */
export function migrationSettings(configuration: Untyped): MigrationSettings {
  return {
    bandwidth: Number(quantityBytes(configuration.bandwidthPerMigration) ?? 0n),
    maxDowntimeMs: configuration.maxDowntimeMs ?? DEFAULTS.maxDowntimeMs,
    progressTimeout: configuration.progressTimeout ?? DEFAULTS.progressTimeout,
    completionTimeoutPerGiB: configuration.completionTimeoutPerGiB ?? DEFAULTS.completionTimeoutPerGiB,
    allowAutoConverge: Boolean(configuration.allowAutoConverge),
    allowPostCopy: Boolean(configuration.allowPostCopy),
    allowWorkloadDisruption: Boolean(configuration.allowWorkloadDisruption),
  };
}
