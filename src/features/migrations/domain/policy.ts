import { canonicalBytes, formatBytes, parseBytes } from '../../../kernel/quantity.js';
import type { Observed } from './observed.js';

/** What a policy may say of how a migration goes. Absent in a policy: as the cluster has it. */
export interface MigrationSettings {
  allowAutoConverge: boolean;
  allowPostCopy: boolean;
  /** At the completion timeout the guest is paused rather than left where it is. */
  allowWorkloadDisruption: boolean;
  /** Bytes a second, a quantity; "0" is as fast as it goes. */
  bandwidthPerMigration: string;
  /** Seconds for each GiB of memory. */
  completionTimeoutPerGiB: number;
  /** Milliseconds that the guest may stand still. */
  maxDowntimeMs: number;
}

export type PolicySettings = { [Name in keyof MigrationSettings]: MigrationSettings[Name] | null };

type Labels = Readonly<Record<string, string>>;

/** All labels must match; no label at all matches every machine. */
export interface PolicySelectors {
  /** Of the project, as its members set them. */
  projects: Labels;
  /** Of the project's namespace, such as `virtgate.io/tenant`. */
  namespaces: Labels;
  virtualMachines: Labels;
}

/** MigrationPolicy (migrations.kubevirt.io/v1alpha1). */
export interface ObservedPolicy extends Observed, PolicySettings {
  selectors: PolicySelectors;
  /** KubeVirt passes over a policy without any selector object. */
  selects: boolean;
  createdAt: string;
}

/** Labels of a project stand on its namespace under this prefix, written by the room of access. */
export const PROJECT_LABEL_PREFIX = 'label.virtgate.io/';

/** The policy that applies and why, by KubeVirt's rule. */
export interface PolicyMatch {
  policy: ObservedPolicy | null;
  why: string;
}

/**
 * Of the policies whose labels the machine and its namespace all have, the one that names most of them; among equals the
 * first by name. @see KubeVirt api/migrations/v1alpha1, MatchPolicy; the manual's 9.2.4
 */
export function matchPolicy(
  policies: Iterable<ObservedPolicy>,
  machine: Labels,
  namespace: Labels,
): PolicyMatch {
  const matching = [...policies]
    .filter(({ selects }) => selects)
    .flatMap((policy) => {
      const wanted = selectedLabels(policy.selectors);
      const fits = has(namespace, wanted.namespace) && has(machine, wanted.machine);
      const score = Object.keys(wanted.namespace).length + Object.keys(wanted.machine).length;
      return fits ? [{ policy, score }] : [];
    })
    .sort((a, b) => b.score - a.score || (a.policy.name < b.policy.name ? -1 : 1));
  const [best, second] = matching;
  if (!best) return { policy: null, why: "No policy's labels match: the cluster's settings apply." };
  return { policy: best.policy, why: whyBest(best, second) };
}

interface Scored {
  policy: ObservedPolicy;
  score: number;
}

function whyBest({ policy, score }: Scored, second: Scored | undefined): string {
  const labels =
    score === 0 ? 'It selects every machine' : `It matches by ${score} of its labels, all it has`;
  if (!second) return `${labels}, and no other policy matches.`;
  return second.score < score
    ? `${labels}, more than "${second.policy.name}" (${second.score}).`
    : `${labels}, as many as "${second.policy.name}"; among equals the first by name applies (${policy.name}).`;
}

const has = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

/** As they stand on the objects of the cluster. */
export function selectedLabels({ projects, namespaces, virtualMachines }: PolicySelectors): {
  namespace: Record<string, string>;
  machine: Labels;
} {
  const mirrored = Object.entries(projects).map(([key, value]) => [mirroredKey(key), value]);
  return { namespace: { ...namespaces, ...Object.fromEntries(mirrored) }, machine: virtualMachines };
}

/** A key with a prefix of its own has its "/" as "_": a label has but one. */
export const mirroredKey = (key: string): string => `${PROJECT_LABEL_PREFIX}${key.replace('/', '_')}`;

export const SETTINGS = [
  'allowAutoConverge',
  'allowPostCopy',
  'allowWorkloadDisruption',
  'bandwidthPerMigration',
  'completionTimeoutPerGiB',
  'maxDowntimeMs',
] as const satisfies readonly (keyof MigrationSettings)[];

/** What a machine is migrated with: what the policy says, else the cluster. */
export function effectiveSettings(
  cluster: MigrationSettings,
  policy: PolicySettings | null,
): MigrationSettings {
  const said = Object.fromEntries(SETTINGS.map((name) => [name, policy?.[name] ?? cluster[name]]));
  const settings = said as unknown as MigrationSettings;
  // Where post-copy is allowed, so is the disruption that it may bring, unless somebody says otherwise.
  if (policy && policy.allowPostCopy !== null && policy.allowWorkloadDisruption === null) {
    return { ...settings, allowWorkloadDisruption: policy.allowPostCopy };
  }
  return settings;
}

/** A quantity of bytes a second in its canonical form; null where it is none. */
export const canonicalBandwidth = (text: string): string | null => {
  const bytes = parseBytes(text);
  return bytes === null ? null : bytes === 0n ? '0' : formatBytes(bytes);
};

/** KubeVirt keeps it as a number or a text. */
export const readBandwidth = (value: unknown): string | null =>
  typeof value === 'number' || typeof value === 'string' ? canonicalBytes(String(value)) : null;
