/** `request`: through virtgate or by hand. `update`: KubeVirt's own, for a change that a running machine was given. */
export const MOVE_CAUSES = ['request', 'drain', 'update', 'volumes'] as const;
export type MoveCause = (typeof MOVE_CAUSES)[number];

/** What KubeVirt's controllers write on migrations of their own. @see KubeVirt api/core/v1/types.go */
export function moveCause(marks: Readonly<Record<string, string>>): MoveCause {
  if (marks['kubevirt.io/evacuationMigration'] !== undefined) return 'drain';
  if (marks['kubevirt.io/volume-update-migration'] !== undefined) return 'volumes';
  return marks['kubevirt.io/workloadUpdateMigration'] === undefined ? 'request' : 'update';
}
