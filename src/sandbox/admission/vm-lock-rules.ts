import { sameValue } from '../controllers/reconciliation.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { type Cause, invalidField } from './webhook-refusal.js';

/**
 * What may not change of a machine while its disks are snapshotted or restored.
 * @see KubeVirt pkg/storage/admitters/vm-storage-status.go
 */
export function lockCauses(spec: Untyped, present: KubeObject | undefined): Cause[] {
  const { snapshotInProgress, restoreInProgress } = present?.status ?? {};
  if (!present) return [];
  const movesPower = !sameValue(powerOf(spec), powerOf(present.spec));
  if (snapshotInProgress) {
    if (!sameValue(disksOf(spec), disksOf(present.spec))) {
      return [
        invalidField(
          'spec',
          `Cannot update VM disks or volumes until snapshot "${snapshotInProgress}" completes`,
        ),
      ];
    }
    if (movesPower) {
      return [
        invalidField(
          'spec',
          `Cannot update VM running state until snapshot "${snapshotInProgress}" completes`,
        ),
      ];
    }
  }
  // Stopping is what a restore waits for.
  if (restoreInProgress && movesPower && powerOf(spec) !== 'Halted') {
    return [
      invalidField('spec', `Cannot update VM runStrategy until restore "${restoreInProgress}" completes`),
    ];
  }
  return [];
}

function powerOf(spec: Untyped): string | undefined {
  if (spec?.runStrategy) return spec.runStrategy;
  return spec?.running === undefined ? undefined : spec.running ? 'Always' : 'Halted';
}

function disksOf(spec: Untyped): Untyped {
  return [spec?.template?.spec?.domain?.devices?.disks ?? [], spec?.template?.spec?.volumes ?? []];
}
