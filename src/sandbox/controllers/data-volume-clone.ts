import type { KubeObject, NewObject } from '../store/kube-object.js';
import { usableBytes } from './claim-size.js';
import { event, type Filling, failureOf, updated } from './data-volume-phase.js';
import { cloneReadiness, type Origin } from './data-volume-source.js';
import { inUse } from './persistent-volume-claim.js';
import {
  type Change,
  CLAIMS,
  type DiskState,
  editable,
  STORAGE_PROFILES,
  VOLUME_SNAPSHOTS,
  type World,
} from './reconciliation.js';
import { snapshotImage } from './volume-snapshot.js';

const CLONE_TYPE = 'cdi.kubevirt.io/cloneType';
const FALLBACK_REASON = 'cdi.kubevirt.io/cloneFallbackReason';
/** Keeps a DataVolume until its temporary snapshot, perhaps in another namespace, is gone. */
const FINALIZER = 'cdi.kubevirt.io/dataVolumeFinalizer';
const LOOK_AGAIN_MS = 500;
const SOURCE_WAIT_MS = 2_000;

type CloneOrigin = Extract<Origin, { kind: 'pvc' | 'snapshot' }>;
type CloneType = 'csi-clone' | 'snapshot' | 'copy';

/** The name of the snapshot that a smart clone takes of a disk that is being written to. */
const temporarySnapshot = (volume: KubeObject) => `tmp-snapshot-${volume.metadata.uid}`;

/**
 * The clone of a claim or snapshot: the file is copied (its blocks shared where the file system can). A disk
 * that a guest writes to is snapshotted first, where the storage profile lets that be.
 */
export function cloneInto(
  volume: KubeObject,
  claim: KubeObject,
  origin: CloneOrigin,
  disk: DiskState,
  done: Filling | undefined,
  world: World,
): Filling {
  if (done) return { ...done, changes: [...done.changes, ...dropSnapshot(volume, world)] };
  const { type, reason } = cloneType(claim, origin, world);
  const marked = markType(volume, type, reason);
  if (marked) return { phase: 'CloneScheduled', running: failureOf(disk), changes: [marked] };
  const phase = phaseOf(type);
  if (disk.state === 'working') {
    return {
      phase,
      progress: disk.percent === undefined ? 'N/A' : `${disk.percent.toFixed(1)}%`,
      running: { status: 'True', reason: 'Pod is running' },
      changes: announce(volume, phase, claim, origin),
    };
  }
  const waitMs = disk.state === 'failed' ? disk.retryAt.getTime() - world.now.getTime() : 0;
  const waiting = {
    phase: disk.state === 'failed' ? phase : ('CloneScheduled' as const),
    restartCount: disk.state === 'failed' ? disk.failures : undefined,
    running: failureOf(disk),
  };
  if (waitMs > 0) return { ...waiting, changes: [], requeueAfterMs: waitMs };
  const ready = cloneReadiness(origin, world);
  if ('kind' in ready) {
    const { reason: why, message } = ready;
    return {
      ...waiting,
      running: { status: 'False', reason: why, message },
      changes: [],
      requeueAfterMs: SOURCE_WAIT_MS,
    };
  }
  const sizeBytes = usableBytes(claim, world);
  if (type === 'snapshot' && origin.kind === 'pvc') {
    return throughSnapshot(volume, claim, origin, sizeBytes, world);
  }
  const source = imageOf(origin, world);
  if (!source) return { ...waiting, changes: [], requeueAfterMs: SOURCE_WAIT_MS };
  const used = usedSource(origin, world);
  if (used) {
    return {
      ...waiting,
      running: { status: 'False', reason: 'CloneSourceInUse', message: used },
      changes: volume.status?.conditions?.some((one: { message?: string }) => one.message === used)
        ? []
        : [event(volume, 'pvc-clone', 'CloneSourceInUse', used)],
      requeueAfterMs: SOURCE_WAIT_MS,
    };
  }
  return { ...waiting, changes: [copyFrom(source, volume, claim, sizeBytes)] };
}

function phaseOf(type: CloneType): Filling['phase'] {
  if (type === 'snapshot') return 'SnapshotForSmartCloneInProgress';
  return type === 'csi-clone' ? 'CSICloneInProgress' : 'CloneInProgress';
}

/** By the storage profile; a profile of snapshots clones a disk at rest without one. */
function cloneType(
  claim: KubeObject,
  origin: CloneOrigin,
  world: World,
): { type: CloneType; reason?: string } {
  const profile = world.get(STORAGE_PROFILES, undefined, claim.spec.storageClassName ?? '');
  const wanted: string = profile?.spec?.cloneStrategy ?? profile?.status?.cloneStrategy ?? 'copy';
  if (wanted === 'copy') return { type: 'copy' };
  if (origin.kind === 'snapshot') return { type: 'snapshot' };
  const source = world.get(CLAIMS, origin.namespace, origin.name);
  if (source && source.spec.storageClassName !== claim.spec.storageClassName) {
    return { type: 'copy', reason: 'The storage classes of source and target are incompatible' };
  }
  if (source && (source.spec.volumeMode ?? 'Filesystem') !== (claim.spec.volumeMode ?? 'Filesystem')) {
    return { type: 'copy', reason: 'The volume modes of source and target are incompatible' };
  }
  const resting = !source || !inUse(source, world);
  return { type: wanted === 'snapshot' && !resting ? 'snapshot' : 'csi-clone' };
}

/** Decided once, so that a clone does not change its way in the middle. */
function markType(volume: KubeObject, type: CloneType, reason: string | undefined): Change | undefined {
  const present = volume.metadata.annotations?.[CLONE_TYPE];
  const begun = volume.status?.phase && phaseOf(present as CloneType) === volume.status.phase;
  if (present === type || (present && begun)) return undefined;
  const marked = editable(volume);
  marked.metadata.annotations = {
    ...volume.metadata.annotations,
    [CLONE_TYPE]: type,
    ...(reason ? { [FALLBACK_REASON]: reason } : {}),
  };
  if (type === 'snapshot') {
    marked.metadata.finalizers = [...new Set([...(volume.metadata.finalizers ?? []), FINALIZER])];
  }
  return updated(marked);
}

function imageOf(origin: CloneOrigin, world: World): string | undefined {
  if (origin.kind === 'snapshot') {
    const snapshot = world.get(VOLUME_SNAPSHOTS, origin.namespace, origin.name);
    return snapshot && snapshotImage(snapshot, world);
  }
  const claim = world.get(CLAIMS, origin.namespace, origin.name);
  return claim && world.diskPath(claim.metadata.uid);
}

function usedSource(origin: CloneOrigin, world: World): string | undefined {
  if (origin.kind === 'snapshot') return undefined;
  const claim = world.get(CLAIMS, origin.namespace, origin.name);
  if (!claim || !inUse(claim, world)) return undefined;
  return `pod in use by source pvc ${origin.namespace}/${origin.name}: the clone waits until it is free`;
}

function throughSnapshot(
  volume: KubeObject,
  claim: KubeObject,
  origin: CloneOrigin,
  sizeBytes: bigint,
  world: World,
): Filling {
  const phase = 'SnapshotForSmartCloneInProgress' as const;
  const running = { status: 'True' as const, reason: 'Pod is running' };
  const name = temporarySnapshot(volume);
  const snapshot = world.get(VOLUME_SNAPSHOTS, origin.namespace, name);
  const source = snapshot && snapshotImage(snapshot, world);
  const changes: Change[] = announce(volume, phase, claim, origin);
  if (source) changes.push(copyFrom(source, volume, claim, sizeBytes));
  else if (!snapshot) {
    changes.push({ kind: 'create', resource: VOLUME_SNAPSHOTS, object: snapshotOf(volume, origin) });
  }
  return { phase, running, changes, requeueAfterMs: source ? undefined : LOOK_AGAIN_MS };
}

function snapshotOf(volume: KubeObject, origin: CloneOrigin): NewObject {
  return {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshot',
    metadata: {
      name: temporarySnapshot(volume),
      namespace: origin.namespace,
      labels: { app: 'containerized-data-importer', 'cdi.kubevirt.io': 'cdi-smart-clone' },
    },
    spec: { source: { persistentVolumeClaimName: origin.name } },
  };
}

function copyFrom(source: string, volume: KubeObject, claim: KubeObject, sizeBytes: bigint): Change {
  return {
    kind: 'disk',
    command: { do: 'copy', claimUid: claim.metadata.uid, source, sizeBytes, notify: volume },
  };
}

function announce(
  volume: KubeObject,
  phase: Filling['phase'],
  claim: KubeObject,
  { kind, namespace, name }: CloneOrigin,
): Change[] {
  if (volume.status?.phase === phase) return [];
  const component = kind === 'pvc' ? 'pvc-clone' : 'snapshot-clone';
  const target = `${claim.metadata.namespace}/${claim.metadata.name}`;
  return [event(volume, component, phase, `Cloning from ${namespace}/${name} into ${target} in progress`)];
}

/** Removes the temporary snapshot, then the finalizer that stood for it. */
export function dropSnapshot(volume: KubeObject, world: World): Change[] {
  if (!volume.metadata.finalizers?.includes(FINALIZER)) return [];
  const name = temporarySnapshot(volume);
  const present = world.list(VOLUME_SNAPSHOTS).filter((one) => one.metadata.name === name);
  const released = editable(volume);
  released.metadata.finalizers = volume.metadata.finalizers.filter((one) => one !== FINALIZER);
  return [
    ...present.map(({ metadata: { namespace } }) => ({
      kind: 'delete' as const,
      resource: VOLUME_SNAPSHOTS,
      namespace,
      name,
    })),
    updated(released),
  ];
}
