import { shown, type Tally } from './meters.js';

/** What stands in a project or tenant, and what it would be with the takes of one operation more. */
export interface Standing {
  scope: { type: 'project' | 'tenant'; name: string };
  limits: ReadonlyMap<string, bigint>;
  /** Share of a limit, in percent, from which on an operation is warned; null: never. */
  warnAtPercent: number | null;
  used: Tally;
  reserved: Tally;
  reservedAfter: Tally;
}

/** One limit that does not suffice. Amounts in the meter's unit. */
export interface Shortage {
  scope: Standing['scope'];
  resource: string;
  limit: bigint;
  used: bigint;
  reserved: bigint;
  requested: bigint;
}

export interface Verdict {
  shortages: Shortage[];
  warnings: string[];
}

/**
 * Only what an operation adds to is judged: a project that is over its limit already, because the limit was lowered or
 * the cluster was changed past virtgate, can still do everything that takes no more of it.
 */
export function judge(standings: readonly Standing[]): Verdict {
  const verdict: Verdict = { shortages: [], warnings: [] };
  for (const standing of standings) judgeOne(standing, verdict);
  return verdict;
}

function judgeOne(standing: Standing, { shortages, warnings }: Verdict): void {
  const { scope, limits, warnAtPercent } = standing;
  for (const [resource, limit] of limits) {
    const used = standing.used[resource] ?? 0n;
    const reserved = standing.reserved[resource] ?? 0n;
    const after = standing.reservedAfter[resource] ?? 0n;
    const requested = after - reserved;
    if (requested <= 0n) continue;
    const total = used + after;
    if (total > limit) shortages.push({ scope, resource, limit, used, reserved, requested });
    else if (warnAtPercent !== null && total * 100n >= limit * BigInt(warnAtPercent)) {
      const of = `${shown(resource, total)} of ${shown(resource, limit)}`;
      warnings.push(`The quota of the ${scope.type} "${scope.name}" is nearly used up: ${of} ${resource}.`);
    }
  }
}
