import { defineFailure } from '../../../kernel/failure.js';
import { shown } from './meters.js';
import { type Shortage } from './verdict.js';

export const quotaExceeded = defineFailure(
  'quota.exceeded',
  'conflict',
  'The quota does not suffice',
  'Delete what is no longer needed, wait for operations in progress, or ask for a larger quota.',
);
export const quotaUnknown = defineFailure(
  'quota.not_ready',
  'unavailable',
  'What is used of the quota is not known yet',
  'Try again in a few seconds: the cluster is being read.',
);
export const quotaAboveTenant = defineFailure(
  'quota.above_tenant',
  'unprocessable',
  "A project's limit is above its tenant's",
  "Choose a smaller limit, or have a platform administrator raise the tenant's.",
);

const HINTS: Partial<Record<string, string>> = {
  runningVms: 'Stop a virtual machine that need not run, or ask for a larger quota.',
  snapshots: 'Delete snapshots that are no longer needed, or ask for a larger quota.',
  snapshotBytes: 'Delete snapshots that are no longer needed, or ask for a larger quota.',
  exports: 'Delete exports that are no longer needed, or wait until they expire.',
};

const facts = ({ scope, resource, limit, used, reserved, requested }: Shortage) => ({
  resource,
  scope: scope.type,
  name: scope.name,
  limit: shown(resource, limit),
  used: shown(resource, used),
  reserved: shown(resource, reserved),
  requested: shown(resource, requested),
});

/** Names what is short; the first in words, all of them in the details. */
export function exceeded(shortages: readonly Shortage[]) {
  const all = shortages.map(facts);
  const [first] = all;
  if (!first) return quotaExceeded();
  const { resource, scope, name, limit, used, reserved, requested } = first;
  const message = `The quota of the ${scope} "${name}" allows ${limit} ${resource}: ${used} used, ${reserved} reserved, ${requested} more requested.`;
  return quotaExceeded(message, {
    hint: HINTS[resource],
    details: { ...first, ...(all.length > 1 ? { exceeded: all } : {}) },
  });
}
