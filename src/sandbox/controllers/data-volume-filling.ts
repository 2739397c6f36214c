import type { KubeObject } from '../store/kube-object.js';
import { requestedBytes } from './data-volume-claim.js';
import { cloneInto } from './data-volume-clone.js';
import { importSource } from './data-volume-import.js';
import { type Component, event, type Filling, failureOf } from './data-volume-phase.js';
import { type Origin, originOfClaim } from './data-volume-source.js';
import type { DiskState, World } from './reconciliation.js';
import { UPLOAD_READY } from './upload-target.js';

/** The filling of a claim that is bound. */
export function fillClaim(volume: KubeObject, claim: KubeObject, world: World): Filling {
  const disk = world.disk(claim.metadata.uid);
  const origin = originOfClaim(volume, claim, world);
  if (volume.status?.phase === 'Succeeded') return succeeded(volume, claim, origin.kind);
  if (origin.kind === 'pvc' || origin.kind === 'snapshot') {
    const done = disk.state === 'ready' ? succeeded(volume, claim, origin.kind) : undefined;
    return cloneInto(volume, claim, origin, disk, done, world);
  }
  if (disk.state === 'ready') return succeeded(volume, claim, origin.kind);
  if (origin.kind === 'upload') return awaitUpload(volume, claim);
  return importInto(volume, claim, origin.kind === 'missing' ? { kind: 'blank' } : origin, disk, world);
}

function awaitUpload(volume: KubeObject, claim: KubeObject): Filling {
  const ready = claim.metadata.annotations?.[UPLOAD_READY] === 'true';
  const phase = ready ? 'UploadReady' : 'UploadScheduled';
  const { name } = claim.metadata;
  const message = ready ? `Upload into ${name} ready` : `Upload into ${name} scheduled`;
  return {
    phase,
    progress: 'N/A',
    running: ready ? { status: 'True', reason: 'Pod is running' } : { status: 'False', reason: 'Pending' },
    changes: volume.status?.phase === phase ? [] : [event(volume, 'upload', phase, message)],
  };
}

function importInto(
  volume: KubeObject,
  claim: KubeObject,
  origin: Extract<Origin, { kind: 'http' | 'registry' | 'blank' }>,
  disk: DiskState,
  world: World,
): Filling {
  if (disk.state === 'working') {
    const known = disk.percent !== undefined;
    return {
      phase: 'ImportInProgress',
      progress: known ? `${(disk.percent as number).toFixed(1)}%` : 'N/A',
      running: { status: 'True', reason: 'Pod is running' },
      changes:
        volume.status?.phase === 'ImportInProgress'
          ? []
          : [event(volume, 'import', 'ImportInProgress', `Import into ${claim.metadata.name} in progress`)],
    };
  }
  const waitMs = disk.state === 'failed' ? disk.retryAt.getTime() - world.now.getTime() : 0;
  const scheduled = {
    phase: disk.state === 'failed' ? ('ImportInProgress' as const) : ('ImportScheduled' as const),
    progress: 'N/A',
    restartCount: disk.state === 'failed' ? disk.failures : undefined,
  };
  if (origin.kind === 'blank' || waitMs > 0) {
    return {
      ...scheduled,
      running: failureOf(disk),
      changes: [],
      requeueAfterMs: waitMs > 0 ? waitMs : undefined,
    };
  }
  const found = importSource(origin, volume.metadata.namespace, world);
  if ('missing' in found) {
    return {
      ...scheduled,
      running: { status: 'False', reason: 'Pending', message: found.missing },
      changes: [],
      requeueAfterMs: 5_000,
    };
  }
  return {
    ...scheduled,
    running: failureOf(disk),
    changes: [
      {
        kind: 'disk',
        command: {
          do: 'import',
          claimUid: claim.metadata.uid,
          ...found,
          sizeBytes: requestedBytes(volume) ?? 0n,
          ...(volume.spec.preallocation ? { preallocate: true } : {}),
          notify: volume,
        },
      },
    ],
  };
}

const DONE: Record<string, [component: Component, reason: string, did: string, message: string]> = {
  upload: ['upload', 'UploadSucceeded', 'uploaded', 'Upload Complete'],
  pvc: ['pvc-clone', 'CloneSucceeded', 'cloned', 'Clone Complete'],
  snapshot: ['snapshot-clone', 'CloneSucceeded', 'cloned', 'Clone Complete'],
  blank: ['import', 'ImportSucceeded', 'imported', 'Blank disk created'],
};

function succeeded(volume: KubeObject, claim: KubeObject, kind: string): Filling {
  const [component, reason, did, message] = DONE[kind] ?? [
    'import' as const,
    'ImportSucceeded',
    'imported',
    'Import Complete',
  ];
  const first = volume.status?.phase !== 'Succeeded';
  return {
    phase: 'Succeeded',
    progress: '100.0%',
    restartCount: volume.status?.restartCount,
    running: { status: 'False', reason: 'Completed', message },
    changes: first
      ? [event(volume, component, reason, `Successfully ${did} into PVC ${claim.metadata.name}`)]
      : [],
  };
}
