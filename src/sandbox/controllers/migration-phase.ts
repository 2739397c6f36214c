import type { KubeObject } from '../store/kube-object.js';
import { findCondition } from './conditions.js';
import { isFinalMigration, isPodDown } from './migration-state.js';
import { isFinal } from './vm-run-strategy.js';

export type MigrationPhase =
  | 'Pending'
  | 'Scheduling'
  | 'Scheduled'
  | 'PreparingTarget'
  | 'TargetReady'
  | 'Running'
  | 'Succeeded'
  | 'Failed';

export interface MigrationFacts {
  migration: KubeObject;
  vmi: KubeObject;
  /** The target pod. */
  pod?: KubeObject;
  /** Its disks that came while the guest ran are attached to the target's node, too. */
  attached: boolean;
  /** Another migration of the instance is under way. */
  rival: boolean;
}

/** Why the migration cannot go on, in the words of virt-controller's events. */
export function whyFailed({ migration, vmi, pod, rival }: MigrationFacts): string | undefined {
  if (isFinalMigration(migration)) return undefined;
  const phase: MigrationPhase | undefined = migration.status?.phase;
  const state = vmi.status?.migrationState;
  const ours = state?.migrationUid === migration.metadata.uid;
  if (ours && state.completed && !state.failed) return undefined;
  const created = phase !== undefined && phase !== 'Pending';
  const handedOff = created && phase !== 'Scheduling' && phase !== 'Scheduled';
  if (!phase && rival) {
    return 'VMI is not eligible for migration because another migration job is in progress.';
  }
  if (isFinal(vmi) || vmi.metadata.deletionTimestamp)
    return 'Migration failed vmi shutdown during migration.';
  if (ours && state.failed) return 'source node reported migration failed';
  if (migration.metadata.deletionTimestamp && !ours) return 'Migration failed due to being canceled';
  // What is handed off ends by what the node reports of it.
  if (ours) return undefined;
  if (pod && isPodDown(pod)) return 'Migration failed because target pod shutdown during migration';
  if (created && !pod) return 'Migration target pod was removed during active migration.';
  if (handedOff) {
    return state?.migrationUid
      ? "VMI's migration state was taken over by another migration job during active migration."
      : "VMI's migration state was cleared during the active migration.";
  }
  return undefined;
}

/** The phase that follows, one step at a time; undefined where it stays. */
export function nextPhase({ migration, vmi, pod, attached }: MigrationFacts): MigrationPhase | undefined {
  const phase: MigrationPhase | undefined = migration.status?.phase;
  const state = vmi.status?.migrationState;
  const ours = state?.migrationUid === migration.metadata.uid;
  const ready = pod && findCondition(pod, 'Ready') && pod.status?.phase === 'Running' && attached;
  switch (phase) {
    case undefined:
      return 'Pending';
    case 'Pending':
      return pod ? 'Scheduling' : undefined;
    case 'Scheduling':
      return ready ? 'Scheduled' : undefined;
    case 'Scheduled':
      return ours ? 'PreparingTarget' : undefined;
    case 'PreparingTarget':
      return ours && state.targetNodeAddress ? 'TargetReady' : undefined;
    case 'TargetReady':
      return ours && state.startTimestamp ? 'Running' : undefined;
    case 'Running':
      return ours && state.completed && !state.failed ? 'Succeeded' : undefined;
    default:
      return undefined;
  }
}
