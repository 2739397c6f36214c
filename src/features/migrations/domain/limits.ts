import { canonicalBandwidth, type MigrationSettings } from './policy.js';

/** What holds for all migrations of the cluster: `spec.configuration.migrations` of the KubeVirt object. */
export interface MigrationLimits extends MigrationSettings {
  parallelMigrationsPerCluster: number;
  parallelOutboundMigrationsPerNode: number;
  /** Seconds without a byte moved after which a migration is given up. */
  progressTimeout: number;
}

export interface LimitsView extends MigrationLimits {
  /** Names of those that are not KubeVirt's defaults, or are written down all the same. */
  set: string[];
  /** Who keeps KubeVirt's settings, where it is not virtgate's to change them; null: they can be changed here. */
  managedBy: string | null;
}

/** KubeVirt's own defaults (pkg/virt-config); `completionTimeoutPerGiB` was 800 before 1.4. */
export const defaultLimits = (minor: number): MigrationLimits => ({
  parallelMigrationsPerCluster: 5,
  parallelOutboundMigrationsPerNode: 2,
  progressTimeout: 150,
  completionTimeoutPerGiB: minor < 4 ? 800 : 150,
  bandwidthPerMigration: '0',
  allowAutoConverge: false,
  allowPostCopy: false,
  allowWorkloadDisruption: false,
  maxDowntimeMs: 900,
});

export const LIMITS = [
  'parallelMigrationsPerCluster',
  'parallelOutboundMigrationsPerNode',
  'progressTimeout',
  'completionTimeoutPerGiB',
  'bandwidthPerMigration',
  'allowAutoConverge',
  'allowPostCopy',
  'allowWorkloadDisruption',
  'maxDowntimeMs',
] as const satisfies readonly (keyof MigrationLimits)[];

export type LimitsBody = { [Name in keyof MigrationLimits]?: MigrationLimits[Name] | null };

export interface ObservedLimits {
  set: Partial<MigrationLimits>;
  managedBy: string | null;
}

export function limitsView({ set, managedBy }: ObservedLimits, minor: number): LimitsView {
  const limits = { ...defaultLimits(minor), ...set };
  // Where post-copy is allowed, so is the disruption that it may bring, unless somebody says otherwise.
  if (set.allowWorkloadDisruption === undefined) limits.allowWorkloadDisruption = limits.allowPostCopy;
  return { ...limits, set: LIMITS.filter((name) => set[name] !== undefined), managedBy };
}

/** RFC 7396, on the KubeVirt object. */
export function limitsPatch(body: LimitsBody): object {
  const migrations = Object.fromEntries(
    LIMITS.filter((name) => body[name] !== undefined).map((name) => [name, body[name]]),
  );
  if (typeof migrations.bandwidthPerMigration === 'string') {
    migrations.bandwidthPerMigration = canonicalBandwidth(migrations.bandwidthPerMigration);
  }
  return { spec: { configuration: { migrations } } };
}

export const limitsVersion = (limits: LimitsView): string => `migration-limits/${JSON.stringify(limits)}`;
