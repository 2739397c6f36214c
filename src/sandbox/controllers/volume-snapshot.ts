import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { timestamp } from './conditions.js';
import { controllerOf, keyOf } from './ownership.js';
import {
  type Change,
  CLAIMS,
  type Controller,
  editable,
  type Reconciliation,
  sameValue,
  statusChange,
  VMIS,
  VOLUME_SNAPSHOT_CLASSES,
  VOLUME_SNAPSHOT_CONTENTS,
  VOLUME_SNAPSHOTS,
  type World,
} from './reconciliation.js';
import type { SnapshotState } from './snapshot-work.js';
import { claimNames } from './vm-data-volumes.js';
import { isFinal } from './vm-run-strategy.js';
import { isActive } from './vmi-guest.js';

const PROTECTION = 'snapshot.storage.kubernetes.io/volumesnapshot-bound-protection';
const DEFAULT_CLASS = 'snapshot.storage.kubernetes.io/is-default-class';
const WAIT_MS = 500;

/** The CSI snapshotter's part: a copy of the disk behind a claim, as it was at one instant. */
export const volumeSnapshotController: Controller = {
  name: 'volumesnapshot',
  resource: VOLUME_SNAPSHOTS,
  reconcile: reconcileVolumeSnapshot,
  watches: {
    [CLAIMS]: (claim, world) =>
      world
        .list(VOLUME_SNAPSHOTS, claim.metadata.namespace)
        .filter((one) => !one.status?.readyToUse && claimNameOf(one) === claim.metadata.name)
        .map(keyOf),
  },
};

const claimNameOf = (snapshot: KubeObject): string | undefined =>
  snapshot.spec?.source?.persistentVolumeClaimName;

/** Copies that belong together are taken together: those of one VirtualMachineSnapshotContent. */
export function groupOf(snapshot: KubeObject): string {
  return controllerOf(snapshot, 'VirtualMachineSnapshotContent')?.uid ?? snapshot.metadata.uid;
}

/** Where the bytes of a snapshot are; undefined while it is not ready. */
export function snapshotImage(snapshot: KubeObject, world: World): string | undefined {
  const { uid } = snapshot.metadata;
  const group = groupOf(snapshot);
  const usable = snapshot.status?.readyToUse && world.hasSnapshot(group, uid);
  return usable ? world.snapshotPath(group, uid) : undefined;
}

export function reconcileVolumeSnapshot(snapshot: KubeObject, world: World): Reconciliation {
  if (snapshot.metadata.deletionTimestamp) return remove(snapshot, world);
  const prepared = prepare(snapshot, world);
  if (prepared) return { changes: [prepared] };
  const group = groupOf(snapshot);
  const copy = world.snapshots(group);
  if (copy.state === 'ready') return ready(snapshot, copy, world);
  if (group !== snapshot.metadata.uid || copy.state === 'working') {
    return { changes: report(snapshot, copy, world) };
  }
  return take(snapshot, copy, world);
}

function prepare(snapshot: KubeObject, world: World): Change | undefined {
  const wanted = editable(snapshot);
  wanted.metadata.finalizers = [...new Set([...(snapshot.metadata.finalizers ?? []), PROTECTION])];
  wanted.spec.volumeSnapshotClassName ??= world
    .list(VOLUME_SNAPSHOT_CLASSES)
    .find((one) => one.metadata.annotations?.[DEFAULT_CLASS] === 'true')?.metadata.name;
  const same = sameValue(wanted.metadata, snapshot.metadata) && sameValue(wanted.spec, snapshot.spec);
  return same ? undefined : { kind: 'update', resource: VOLUME_SNAPSHOTS, object: wanted };
}

/** A snapshot that nobody else takes: of one disk, through its guest where one runs on it. */
function take(snapshot: KubeObject, copy: SnapshotState, world: World): Reconciliation {
  const namespace = snapshot.metadata.namespace;
  const claim = world.get(CLAIMS, namespace, claimNameOf(snapshot) ?? '');
  const waitMs = copy.state === 'failed' ? copy.retryAt.getTime() - world.now.getTime() : 0;
  const told = report(snapshot, copy, world);
  if (waitMs > 0) return { changes: told, requeueAfterMs: waitMs };
  if (!claim || world.disk(claim.metadata.uid).state !== 'ready') return { changes: told };
  const writer = writerOf([claim.metadata.name], namespace, world);
  if (writer === 'coming') return { changes: told, requeueAfterMs: WAIT_MS };
  const { uid } = snapshot.metadata;
  const source = world.diskPath(claim.metadata.uid);
  return {
    changes: [
      ...told,
      {
        kind: 'snapshot',
        command: { do: 'take', group: uid, guestUid: writer, disks: [{ source, snapshotUid: uid }] },
      },
    ],
  };
}

/** The guest that writes to any of the claims: its uid, none, or one that is about to run. */
export function writerOf(
  names: readonly string[],
  namespace: string | undefined,
  world: World,
): string | undefined | 'coming' {
  const user = world
    .list(VMIS, namespace)
    .find(
      (vmi) => !isFinal(vmi) && [...claimNames(vmi.spec.volumes).values()].some((one) => names.includes(one)),
    );
  if (!user) return undefined;
  const guest = world.guest(user.metadata.uid);
  if (guest && isActive(guest) && guest.state !== 'starting') return user.metadata.uid;
  return 'coming';
}

function report(snapshot: KubeObject, copy: SnapshotState, world: World): Change[] {
  const claimName = claimNameOf(snapshot);
  const claim = world.get(CLAIMS, snapshot.metadata.namespace, claimName ?? '');
  const message =
    copy.state === 'failed'
      ? `Failed to take snapshot: ${copy.message}`
      : claim
        ? undefined
        : `Failed to create snapshot content with error snapshot controller failed to update ${snapshot.metadata.name} on API server: cannot get claim from snapshot: persistentvolumeclaims "${claimName}" not found`;
  const present = snapshot.status?.error;
  return statusChange(VOLUME_SNAPSHOTS, snapshot, {
    ...snapshot.status,
    readyToUse: false,
    error: message && {
      message,
      time: present?.message === message ? present.time : timestamp(world.now),
    },
  });
}

function ready(
  snapshot: KubeObject,
  copy: Extract<SnapshotState, { state: 'ready' }>,
  world: World,
): Reconciliation {
  const name = `snapcontent-${snapshot.metadata.uid}`;
  const bytes = copy.bytes[snapshot.metadata.uid];
  if (bytes === undefined) {
    const message = 'the disk is not part of what was snapshotted';
    return {
      changes: statusChange(VOLUME_SNAPSHOTS, snapshot, {
        ...snapshot.status,
        readyToUse: false,
        error: { message, time: snapshot.status?.error?.time ?? timestamp(world.now) },
      }),
    };
  }
  const changes: Change[] = [];
  if (!world.get(VOLUME_SNAPSHOT_CONTENTS, undefined, name)) {
    changes.push({
      kind: 'create',
      resource: VOLUME_SNAPSHOT_CONTENTS,
      object: contentFor(snapshot, name, copy.takenAt, bytes, world),
    });
  }
  changes.push(
    ...statusChange(VOLUME_SNAPSHOTS, snapshot, {
      boundVolumeSnapshotContentName: name,
      creationTime: timestamp(copy.takenAt),
      readyToUse: true,
      restoreSize: String(bytes),
    }),
  );
  return { changes };
}

function contentFor(
  snapshot: KubeObject,
  name: string,
  takenAt: Date,
  restoreSize: number,
  world: World,
): NewObject {
  const className = snapshot.spec.volumeSnapshotClassName;
  const snapshotClass: Untyped = world.get(VOLUME_SNAPSHOT_CLASSES, undefined, className ?? '');
  const claim = world.get(CLAIMS, snapshot.metadata.namespace, claimNameOf(snapshot) ?? '');
  return {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshotContent',
    metadata: { name },
    spec: {
      deletionPolicy: snapshotClass?.deletionPolicy ?? 'Delete',
      driver: snapshotClass?.driver,
      source: { volumeHandle: claim?.metadata.uid },
      volumeSnapshotClassName: className,
      volumeSnapshotRef: {
        apiVersion: snapshot.apiVersion,
        kind: snapshot.kind,
        name: snapshot.metadata.name,
        namespace: snapshot.metadata.namespace,
        uid: snapshot.metadata.uid,
      },
    },
    status: {
      creationTime: takenAt.getTime() * 1_000_000,
      readyToUse: true,
      restoreSize,
      snapshotHandle: `${groupOf(snapshot)}/${snapshot.metadata.uid}`,
    },
  };
}

/** The bytes first, the finalizer last: a crash in between leaves work, never litter. */
function remove(snapshot: KubeObject, world: World): Reconciliation {
  if (!snapshot.metadata.finalizers?.includes(PROTECTION)) return { changes: [] };
  const { uid } = snapshot.metadata;
  const group = groupOf(snapshot);
  if (world.snapshots(group).state === 'working' || world.hasSnapshot(group, uid)) {
    return { changes: [{ kind: 'snapshot', command: { do: 'drop', group, snapshotUid: uid } }] };
  }
  const changes: Change[] = [];
  const name = `snapcontent-${uid}`;
  if (world.get(VOLUME_SNAPSHOT_CONTENTS, undefined, name)) {
    changes.push({ kind: 'delete', resource: VOLUME_SNAPSHOT_CONTENTS, namespace: undefined, name });
  }
  const released = editable(snapshot);
  released.metadata.finalizers = snapshot.metadata.finalizers.filter((one) => one !== PROTECTION);
  changes.push({ kind: 'update', resource: VOLUME_SNAPSHOTS, object: released });
  return { changes };
}
