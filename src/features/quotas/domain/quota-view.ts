import { type Limits, showLimits } from './limits.js';
import { classMeter, classOf, RESOURCES, shown, type Tally } from './meters.js';

/** One resource as it stands. Counts are numbers, bytes canonical quantities; null: no limit. */
export interface ResourceStanding {
  limit: number | string | null;
  used: number | string;
  reserved: number | string;
  /** What can still be taken: of a project, also as far as its tenant's quota reaches. */
  available: number | string | null;
}

export interface QuotaView {
  scope: 'project' | 'tenant';
  name: string;
  /** As they were set for this scope; what is absent is the default's. */
  limits: Record<string, unknown>;
  /** Of a tenant: what its projects have that say nothing themselves. */
  projectDefaults: Record<string, unknown> | null;
  warnAtPercent: number | null;
  resources: Record<string, ResourceStanding>;
  storageClasses: Record<string, ResourceStanding>;
}

export interface Standing {
  scope: { type: 'project' | 'tenant'; name: string };
  setting: { limits: Limits; projectDefaults: Limits };
  limits: ReadonlyMap<string, bigint>;
  warnAtPercent: number | null;
  sums: { used: Tally; reserved: Tally };
  /** The tenant around a project, where that has limits. */
  around: { limits: ReadonlyMap<string, bigint>; used: Tally; reserved: Tally } | null;
}

export function quotaView(standing: Standing): QuotaView {
  const { scope, setting, limits, sums, around } = standing;
  const classes = [limits.keys(), Object.keys(sums.used), Object.keys(sums.reserved)]
    .flatMap((meters) => [...meters])
    .flatMap((meter) => classOf(meter) ?? []);
  return {
    scope: scope.type,
    name: scope.name,
    limits: showLimits(setting.limits),
    projectDefaults: scope.type === 'tenant' ? showLimits(setting.projectDefaults) : null,
    warnAtPercent: standing.warnAtPercent,
    resources: Object.fromEntries(RESOURCES.map((resource) => [resource, stand(resource)])),
    storageClasses: Object.fromEntries(
      [...new Set(classes)].sort().map((name) => [name, stand(classMeter(name))]),
    ),
  };

  function stand(meter: string): ResourceStanding {
    const limit = limits.get(meter) ?? null;
    const free = [room(limit, sums, meter), around && room(around.limits.get(meter) ?? null, around, meter)]
      .filter((amount) => amount !== null)
      .sort((a, b) => (a < b ? -1 : 1))[0];
    return {
      limit: limit === null ? null : shown(meter, limit),
      used: shown(meter, sums.used[meter] ?? 0n),
      reserved: shown(meter, sums.reserved[meter] ?? 0n),
      available: free === undefined ? null : shown(meter, free),
    };
  }
}

function room(
  limit: bigint | null,
  { used, reserved }: { used: Tally; reserved: Tally },
  meter: string,
): bigint | null {
  if (limit === null) return null;
  const left = limit - (used[meter] ?? 0n) - (reserved[meter] ?? 0n);
  return left > 0n ? left : 0n;
}
