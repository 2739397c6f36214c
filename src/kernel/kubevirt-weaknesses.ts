type Release = readonly [minor: number, patch: number];

/** A hole in some releases of KubeVirt that tenants could get through. */
export interface Weakness {
  id: string;
  summary: string;
  /** The first patch of each minor release of KubeVirt 1 that is without it, and of all after the last. */
  fixedIn: readonly Release[];
}

/**
 * Holes that reach further than a tenant's own machine, by KubeVirt's advisories. Builds of a vendor may have the mends
 * without the number.
 */
export const WEAKNESSES = {
  consoleSockets: {
    id: 'CVE-2026-7374',
    summary: 'Whoever may write to the pods of machines reaches sockets of the node through a console.',
    fixedIn: [
      [6, 6],
      [7, 4],
      [8, 3],
      [9, 0],
    ],
  },
  subresourceNames: {
    id: 'CVE-2026-6383',
    summary: 'Rights on deep subresources are checked by the first part of their names only.',
    fixedIn: [
      [8, 2],
      [9, 0],
    ],
  },
  claimLinks: {
    id: 'CVE-2025-64433',
    summary: 'A link on a volume lets its owner read files of the container beside the machine.',
    fixedIn: [
      [5, 3],
      [6, 1],
      [7, 0],
    ],
  },
  clientCertificates: {
    id: 'CVE-2025-64432',
    summary: 'virt-api does not look at who the client certificate is of.',
    fixedIn: [
      [5, 3],
      [6, 1],
      [7, 0],
    ],
  },
} as const satisfies Record<string, Weakness>;

/** Of "v1.6.2", and of what vendors make of it ("v1.6.2-12-gabc"); null for what is no release of KubeVirt 1. */
function releaseOf(version: string | null): Release | null {
  const [, minor, patch] = /^v?1\.(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  return minor === undefined ? null : [Number(minor), Number(patch)];
}

/** Whether a release has it; false where the release is not known, for then there may be no KubeVirt at all. */
export function hasWeakness(version: string | null, { fixedIn }: Weakness): boolean {
  const release = releaseOf(version);
  if (!release) return false;
  const fix = fixedIn.find(([minor]) => minor >= release[0]);
  return fix !== undefined && (release[0] < fix[0] || release[1] < fix[1]);
}

export const weaknessesOf = (version: string | null): Weakness[] =>
  Object.values(WEAKNESSES).filter((weakness) => hasWeakness(version, weakness));
