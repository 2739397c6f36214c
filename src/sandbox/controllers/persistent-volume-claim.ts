import type { KubeObject, NewObject } from '../store/kube-object.js';
import { fillFromSnapshot, snapshotSourceOf } from './claim-data-source.js';
import { usableBytes } from './claim-size.js';
import { CLONE_REQUEST, SNAPSHOT_REQUEST } from './data-volume-source.js';
import { waitsForConsumer } from './first-consumer.js';
import { controllerOf, keyOf } from './ownership.js';
import { formatBytes, quantityBytes } from './quantity.js';
import {
  type Change,
  CLAIMS,
  type Controller,
  editable,
  PODS,
  type Reconciliation,
  STORAGE_CLASSES,
  sameValue,
  statusChange,
  VMIS,
  VOLUME_SNAPSHOTS,
  VOLUMES,
  type World,
} from './reconciliation.js';
import { UPLOAD_TARGET } from './upload-target.js';
import { claimNames } from './vm-data-volumes.js';

export const PROVISIONER = 'disks.sandbox.virtgate.io';
/** The same disks, of which no snapshots are taken. */
export const PLAIN_PROVISIONER = 'plain-disks.sandbox.virtgate.io';
const PROVISIONERS: readonly unknown[] = [PROVISIONER, PLAIN_PROVISIONER];
const PROTECTION = 'kubernetes.io/pvc-protection';
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
/** CDI's mark of a claim whose content its import brings. */
export const IMPORT_SOURCE = 'cdi.kubevirt.io/storage.import.source';
/** How often it is looked whether a disk in use could be lengthened. */
const GROWTH_LOOK_MS = 500;
const PREALLOCATION = 'cdi.kubevirt.io/storage.preallocation.requested';

/** The volume controller's and the CSI driver's part: a volume for each claim, an image file behind it. */
export const persistentVolumeClaimController: Controller = {
  name: 'persistentvolumeclaim',
  resource: CLAIMS,
  reconcile: reconcileClaim,
  watches: {
    [VOLUME_SNAPSHOTS]: (snapshot, world) =>
      world
        .list(CLAIMS, snapshot.metadata.namespace)
        .filter((claim) => snapshotSourceOf(claim) === snapshot.metadata.name)
        .map(keyOf),
    [PODS]: (pod) =>
      (pod.spec.volumes ?? []).flatMap((volume: { persistentVolumeClaim?: { claimName: string } }) =>
        volume.persistentVolumeClaim
          ? [`${pod.metadata.namespace}/${volume.persistentVolumeClaim.claimName}`]
          : [],
      ),
  },
};

export function reconcileClaim(claim: KubeObject, world: World): Reconciliation {
  if (claim.metadata.deletionTimestamp) return removeClaim(claim, world);
  const storageClass = classOf(claim, world);
  if (!storageClass || !PROVISIONERS.includes(storageClass.provisioner)) {
    return {
      changes: statusChange(CLAIMS, claim, { ...claim.status, phase: claim.status?.phase ?? 'Pending' }),
    };
  }
  if (waitsForConsumer(claim, world) && !inUse(claim, world)) return { changes: waitFor(claim) };
  const provisioner = String(storageClass.provisioner);
  const wanted = editable(claim);
  const volumeName = `pvc-${claim.metadata.uid}`;
  wanted.spec.storageClassName = storageClass.metadata.name;
  wanted.spec.volumeMode ??= 'Filesystem';
  wanted.spec.volumeName = volumeName;
  wanted.metadata.finalizers = [...new Set([...(claim.metadata.finalizers ?? []), PROTECTION])];
  wanted.metadata.annotations = {
    ...claim.metadata.annotations,
    'pv.kubernetes.io/bind-completed': 'yes',
    'pv.kubernetes.io/bound-by-controller': 'yes',
    'volume.beta.kubernetes.io/storage-provisioner': provisioner,
    'volume.kubernetes.io/storage-provisioner': provisioner,
  };
  const changes: Change[] = [];
  if (!sameValue(wanted.metadata, claim.metadata) || !sameValue(wanted.spec, claim.spec)) {
    changes.push({ kind: 'update', resource: CLAIMS, object: wanted });
  }
  if (!world.get(VOLUMES, undefined, volumeName)) {
    changes.push({ kind: 'create', resource: VOLUMES, object: volumeFor(wanted, volumeName, provisioner) });
  }
  const content = fill(wanted, world);
  changes.push(...content);
  const requested = claim.spec.resources?.requests?.storage;
  const disk = world.disk(claim.metadata.uid);
  const grown = disk.state === 'ready' && disk.bytes >= usableBytes(wanted, world);
  const capacity = grown ? requested : (claim.status?.capacity?.storage ?? requested);
  changes.push(
    ...statusChange(CLAIMS, claim, {
      ...claim.status,
      phase: 'Bound',
      accessModes: claim.spec.accessModes,
      capacity: { storage: capacity },
    }),
  );
  const retryMs = disk.state === 'failed' ? disk.retryAt.getTime() - world.now.getTime() : undefined;
  const growing = disk.state === 'ready' && !grown;
  return { changes, requeueAfterMs: retryMs ?? (growing ? GROWTH_LOOK_MS : undefined) };
}

/** Nothing is made before somebody uses it; said once. */
function waitFor(claim: KubeObject): Change[] {
  const said = statusChange(CLAIMS, claim, { ...claim.status, phase: 'Pending' });
  if (said.length === 0) return [];
  const message = 'waiting for first consumer to be created before binding';
  return [
    {
      kind: 'event',
      regarding: claim,
      type: 'Normal',
      reason: 'WaitForFirstConsumer',
      message,
      component: 'persistentvolume-controller',
    },
    ...said,
  ];
}

function classOf(claim: KubeObject, world: World): KubeObject | undefined {
  const named = claim.spec.storageClassName;
  if (named === '') return undefined;
  if (named) return world.get(STORAGE_CLASSES, undefined, named);
  return world.list(STORAGE_CLASSES).find((one) => one.metadata.annotations?.[DEFAULT_CLASS] === 'true');
}

/** A claim that no import fills gets an empty disk; one that was asked to grow, a longer one. */
function fill(claim: KubeObject, world: World): Change[] {
  const claimUid = claim.metadata.uid;
  const sizeBytes = usableBytes(claim, world);
  const disk = world.disk(claimUid);
  if (disk.state === 'ready' && disk.bytes < sizeBytes && !inUse(claim, world)) {
    return [{ kind: 'disk', command: { do: 'grow', claimUid, sizeBytes, notify: claim } }];
  }
  if (disk.state === 'ready' && disk.bytes < sizeBytes) return growUnderGuest(claim, sizeBytes, world);
  const copied = fillFromSnapshot(claim, world);
  if (copied) return copied;
  if (isFilledByCdi(claim)) return [];
  const due = disk.state === 'absent' || (disk.state === 'failed' && disk.retryAt <= world.now);
  if (!due) return [];
  const preallocate = claim.metadata.annotations?.[PREALLOCATION] === 'true';
  return [
    {
      kind: 'disk',
      command: { do: 'blank', claimUid, sizeBytes, ...(preallocate ? { preallocate } : {}), notify: claim },
    },
  ];
}

/** A disk that a guest has open is lengthened by the guest's own process. */
function growUnderGuest(claim: KubeObject, sizeBytes: bigint, world: World): Change[] {
  const path = world.diskPath(claim.metadata.uid);
  const vmi = world
    .list(VMIS, claim.metadata.namespace)
    .find((one) => [...claimNames(one.spec.volumes).values()].includes(claim.metadata.name));
  const uid = vmi?.metadata.uid;
  const guest = uid && world.guest(uid);
  if (!uid || !guest || (guest.state !== 'running' && guest.state !== 'paused')) return [];
  const failed = world.plugError(uid, path);
  if (failed && failed.retryAt > world.now) return [];
  return [{ kind: 'guest', command: { do: 'resize', uid, path, sizeBytes } }];
}

/** Whether an import, a clone or an upload brings the content. */
function isFilledByCdi({ metadata: { annotations = {} } }: KubeObject): boolean {
  const imported = annotations[IMPORT_SOURCE];
  if (imported !== undefined && imported !== 'none') return true;
  return [CLONE_REQUEST, SNAPSHOT_REQUEST, UPLOAD_TARGET].some((mark) => annotations[mark] !== undefined);
}

/** Whether a pod that has not ended has the claim mounted. */
export function inUse(claim: KubeObject, world: World): boolean {
  return world
    .list(PODS, claim.metadata.namespace)
    .some(
      (pod) =>
        pod.status?.phase !== 'Succeeded' &&
        pod.status?.phase !== 'Failed' &&
        (pod.spec.volumes ?? []).some(
          (volume: { persistentVolumeClaim?: { claimName: string } }) =>
            volume.persistentVolumeClaim?.claimName === claim.metadata.name,
        ),
    );
}

/** Image first, volume next, the finalizer last: a crash in between leaves work, never litter. */
function removeClaim(claim: KubeObject, world: World): Reconciliation {
  if (!claim.metadata.finalizers?.includes(PROTECTION) || inUse(claim, world)) return { changes: [] };
  const claimUid = claim.metadata.uid;
  if (world.disk(claimUid).state !== 'absent') {
    return { changes: [{ kind: 'disk', command: { do: 'remove', claimUid, notify: claim } }] };
  }
  const changes: Change[] = [];
  const volumeName = claim.spec.volumeName;
  if (volumeName && world.get(VOLUMES, undefined, volumeName)) {
    changes.push({ kind: 'delete', resource: VOLUMES, namespace: undefined, name: volumeName });
  }
  const released = editable(claim);
  released.metadata.finalizers = claim.metadata.finalizers.filter((one) => one !== PROTECTION);
  changes.push({ kind: 'update', resource: CLAIMS, object: released });
  return { changes };
}

function volumeFor(claim: KubeObject, name: string, provisioner: string): NewObject {
  const owner = controllerOf(claim, 'DataVolume');
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name,
      annotations: {
        'pv.kubernetes.io/provisioned-by': provisioner,
        ...(owner ? { 'sandbox.virtgate.io/data-volume': keyOf(claim) } : {}),
      },
    },
    spec: {
      accessModes: claim.spec.accessModes,
      capacity: { storage: formatBytes(quantityBytes(claim.spec.resources?.requests?.storage) ?? 0n) },
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        name: claim.metadata.name,
        namespace: claim.metadata.namespace,
        uid: claim.metadata.uid,
      },
      csi: { driver: provisioner, volumeHandle: claim.metadata.uid },
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: claim.spec.storageClassName,
      volumeMode: claim.spec.volumeMode,
    },
    status: { phase: 'Bound' },
  };
}
