import type { KubeObject, Untyped } from '../store/kube-object.js';
import { launcherPodName } from './launcher-pod.js';
import { MIGRATIONS, PODS, type World } from './reconciliation.js';

export const MIGRATION_FINALIZER = 'kubevirt.io/migrationJobFinalizer';
/** On a migration: whose it is. */
export const VMI_NAME_LABEL = 'kubevirt.io/vmi-name';
/** On a target pod: the migration's uid. */
export const MIGRATION_JOB_LABEL = 'kubevirt.io/migrationJobUID';
export const MIGRATION_JOB_NAME = 'kubevirt.io/migrationJobName';
export const TARGET_NODE_LABEL = 'kubevirt.io/migrationTargetNodeName';
/** On a migration that runs: JSON of bytes, as virt-handler's metrics `kubevirt_vmi_migration_*` tell them. */
export const PROGRESS_ANNOTATION = 'sandbox.virtgate.io/migration-progress';

export function isFinalMigration(migration: KubeObject): boolean {
  return migration.status?.phase === 'Succeeded' || migration.status?.phase === 'Failed';
}

/** Whether the instance's migration state is that of a migration which has neither succeeded nor failed. */
export function isMigrating(vmi: KubeObject): boolean {
  const state = vmi.status?.migrationState;
  return Boolean(state?.migrationUid) && !state.completed && !state.failed;
}

/** The name of the pod that holds the guest now: it changes at the end of each migration that succeeds. */
export function currentPodName(vmi: KubeObject): string {
  const state = vmi.status?.migrationState;
  const name = state?.completed && !state.failed ? state.targetPod : state?.sourcePod;
  return name ?? launcherPodName(vmi);
}

/** The migrations of an instance, the oldest first. */
export function migrationsOf(vmi: KubeObject, world: Pick<World, 'list'>): KubeObject[] {
  return world
    .list(MIGRATIONS, vmi.metadata.namespace)
    .filter((one) => one.spec.vmiName === vmi.metadata.name)
    .toSorted(byAge);
}

export function byAge(left: KubeObject, right: KubeObject): number {
  const [first = '', second = ''] = [left.metadata.creationTimestamp, right.metadata.creationTimestamp];
  return first.localeCompare(second) || left.metadata.name.localeCompare(right.metadata.name);
}

export function targetPodOf(migration: KubeObject, world: World): KubeObject | undefined {
  return world
    .list(PODS, migration.metadata.namespace)
    .find(
      ({ metadata: { labels } }) =>
        labels?.[MIGRATION_JOB_LABEL] === migration.metadata.uid &&
        labels?.['kubevirt.io'] === 'virt-launcher',
    );
}

export function isPodDown(pod: Untyped): boolean {
  return (
    Boolean(pod.metadata.deletionTimestamp) ||
    pod.status?.phase === 'Succeeded' ||
    pod.status?.phase === 'Failed'
  );
}
