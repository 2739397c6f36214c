import type { Failure } from '../../../kernel/failure.js';
import { migrationInProgress, migrationNotPossible, migrationNotRunning } from './failures.js';

/** What KubeVirt's admission of a migration means. @see KubeVirt pkg/virt-api/webhooks/validating-webhook/admitters */
const MEANINGS: readonly [RegExp, typeof migrationNotPossible][] = [
  [/in-flight migration detected|another migration job is in progress/i, migrationInProgress],
  [
    /cannot migrate VMI which has been finalized|finali[sz]ed state|does not exist|not running/i,
    migrationNotRunning,
  ],
  [/not (?:live )?migratable|cannot migrate VMI/i, migrationNotPossible],
];

/** The cluster's refusal of a migration as one of this room's failures, where it is one; else as it is. */
export function clusterSaid(failure: Failure): Failure {
  if (!failure.code.startsWith('cluster.')) return failure;
  const meaning = MEANINGS.find(([pattern]) => pattern.test(failure.message))?.[1];
  return meaning ? meaning(failure.message, { cause: failure }) : failure;
}
