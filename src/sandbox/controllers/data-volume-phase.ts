import type { KubeObject } from '../store/kube-object.js';
import { type Change, DATA_VOLUMES, type DiskState } from './reconciliation.js';

export type FillingPhase =
  | 'Pending'
  | 'WaitForFirstConsumer'
  | 'ImportScheduled'
  | 'ImportInProgress'
  | 'UploadScheduled'
  | 'UploadReady'
  | 'CloneScheduled'
  | 'CloneInProgress'
  | 'CSICloneInProgress'
  | 'SnapshotForSmartCloneInProgress'
  | 'Succeeded';

/** How far the filling of a claim is, and what to do for it. */
export interface Filling {
  phase: FillingPhase;
  progress?: string;
  restartCount?: number;
  running: { status?: 'True' | 'False'; reason?: string; message?: string };
  changes: Change[];
  requeueAfterMs?: number;
}

export function failureOf(disk: DiskState): Filling['running'] {
  if (disk.state !== 'failed') return { status: 'False', reason: 'Pending' };
  return { status: 'False', reason: 'Error', message: disk.message };
}

export type Component = 'import' | 'upload' | 'pvc-clone' | 'snapshot-clone';

export function event(volume: KubeObject, component: Component, reason: string, message: string): Change {
  return {
    kind: 'event',
    regarding: volume,
    type: 'Normal',
    reason,
    message,
    component: `datavolume-${component}-controller`,
  };
}

/** One change of a DataVolume's own metadata. */
export function updated(volume: KubeObject): Change {
  return { kind: 'update', resource: DATA_VOLUMES, object: volume };
}
