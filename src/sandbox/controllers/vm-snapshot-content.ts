import type { Quiesced } from '../nodes/node-driver.js';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { timestamp } from './conditions.js';
import { controlledBy, isControlledBy, ownerKey } from './ownership.js';
import {
  type Change,
  CLAIMS,
  type Controller,
  editable,
  REVISIONS,
  type Reconciliation,
  statusChange,
  VM_SNAPSHOT_CONTENTS,
  VOLUME_SNAPSHOTS,
  type World,
} from './reconciliation.js';
import type { SnapshotDisk, SnapshotState } from './snapshot-work.js';
import { writerOf } from './volume-snapshot.js';

const PROTECTION = 'snapshot.kubevirt.io/vmsnapshotcontent-protection';
const WAIT_MS = 500;

const MESSAGES: Record<string, string> = {
  Online: 'Snapshot taken while the VM was running',
  GuestAgent: 'Guest agent was active and attempted to quiesce the filesystem for application consistency',
  NoGuestAgent:
    'Guest agent was not active, so filesystem quiesce was not attempted: the snapshot is crash consistent',
  QuiesceFailed: 'Guest agent could not quiesce the filesystem: the snapshot is crash consistent',
  Paused: 'Snapshot taken while the VM was paused: the snapshot is crash consistent',
};

/** All disks of one machine, taken at one instant. */
export const machineSnapshotContentController: Controller = {
  name: 'virtualmachinesnapshotcontent',
  resource: VM_SNAPSHOT_CONTENTS,
  reconcile: reconcileContent,
  watches: { [VOLUME_SNAPSHOTS]: ownerKey('VirtualMachineSnapshotContent') },
};

export function reconcileContent(content: KubeObject, world: World): Reconciliation {
  if (content.metadata.deletionTimestamp) return remove(content, world);
  const taken = content.status?.creationTime !== undefined;
  const missing = taken ? [] : [...missingSnapshots(content, world), ...missingRevisions(content, world)];
  // The copies are named by the uids of the VolumeSnapshots, so those come first.
  if (missing.length > 0) return { changes: missing, requeueAfterMs: 1 };
  const copy = world.snapshots(content.metadata.uid);
  if (copy.state === 'ready') return { changes: ready(content, copy, world) };
  // Never taken anew: what is called Monday's must not show Tuesday.
  if (taken) return { changes: lost(content, world) };
  const told = report(content, copy, world);
  if (copy.state === 'working') return { changes: told };
  const waitMs = copy.state === 'failed' ? copy.retryAt.getTime() - world.now.getTime() : 0;
  if (waitMs > 0) return { changes: told, requeueAfterMs: waitMs };
  const { disks, claims } = disksOf(content, world);
  const writer = writerOf(claims, content.metadata.namespace, world);
  if (writer === 'coming') return { changes: told, requeueAfterMs: WAIT_MS };
  const command = { do: 'take', group: content.metadata.uid, guestUid: writer, disks } as const;
  return { changes: [...told, { kind: 'snapshot', command }] };
}

function missingSnapshots(content: KubeObject, world: World): Change[] {
  const { namespace } = content.metadata;
  const source = content.spec.source.virtualMachine.metadata;
  return backupsOf(content)
    .filter(({ volumeSnapshotName }) => !world.get(VOLUME_SNAPSHOTS, namespace, volumeSnapshotName))
    .map(({ volumeSnapshotName, persistentVolumeClaim }) => ({
      kind: 'create',
      resource: VOLUME_SNAPSHOTS,
      object: {
        apiVersion: 'snapshot.storage.k8s.io/v1',
        kind: 'VolumeSnapshot',
        metadata: {
          name: volumeSnapshotName,
          namespace,
          labels: {
            'snapshot.kubevirt.io/source-vm-name': source.name,
            'snapshot.kubevirt.io/source-vm-namespace': source.namespace,
          },
          ownerReferences: [controlledBy(content)],
        },
        spec: { source: { persistentVolumeClaimName: persistentVolumeClaim.metadata.name } },
      },
    }));
}

/** The machine's ControllerRevisions go with the machine; the snapshot keeps copies under the same content. */
function missingRevisions(content: KubeObject, world: World): Change[] {
  const { namespace } = content.metadata;
  const { metadata, spec } = content.spec.source.virtualMachine;
  return (['instancetype', 'preference'] as const).flatMap((field): Change[] => {
    const revisionName: string | undefined = spec[field]?.revisionName;
    if (!revisionName) return [];
    const name = snapshotRevisionName(content, revisionName, metadata.name);
    const original = world.get(REVISIONS, namespace, revisionName);
    if (!original || world.get(REVISIONS, namespace, name)) return [];
    const { data, revision } = original;
    const object = {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name,
        namespace,
        labels: structuredClone(original.metadata.labels),
        ownerReferences: [controlledBy(content)],
      },
      data: structuredClone(data),
      revision,
    };
    return [{ kind: 'create', resource: REVISIONS, object }];
  });
}

/** KubeVirt puts the snapshot's name where the machine's was. */
export function snapshotRevisionName(content: KubeObject, revisionName: string, machine: string): string {
  const rest = revisionName.startsWith(`${machine}-`) ? revisionName.slice(machine.length + 1) : revisionName;
  return `${content.spec.virtualMachineSnapshotName}-${rest}`;
}

export interface VolumeBackup {
  volumeName: string;
  volumeSnapshotName: string;
  persistentVolumeClaim: { metadata: Untyped; spec: Untyped };
}

export function backupsOf(content: KubeObject): VolumeBackup[] {
  return content.spec?.volumeBackups ?? [];
}

function disksOf(content: KubeObject, world: World): { disks: SnapshotDisk[]; claims: string[] } {
  const { namespace } = content.metadata;
  const disks = backupsOf(content).flatMap(({ volumeSnapshotName, persistentVolumeClaim }) => {
    const snapshot = world.get(VOLUME_SNAPSHOTS, namespace, volumeSnapshotName);
    const claim = world.get(CLAIMS, namespace, persistentVolumeClaim.metadata.name);
    if (!snapshot || !claim) return [];
    return [{ source: world.diskPath(claim.metadata.uid), snapshotUid: snapshot.metadata.uid }];
  });
  return { disks, claims: backupsOf(content).map((one) => one.persistentVolumeClaim.metadata.name) };
}

function report(content: KubeObject, copy: SnapshotState, world: World): Change[] {
  const message = copy.state === 'failed' ? copy.message : undefined;
  const present = content.status?.error;
  return statusChange(VM_SNAPSHOT_CONTENTS, content, {
    ...content.status,
    readyToUse: false,
    error: message && {
      message,
      time: present?.message === message ? present.time : timestamp(world.now),
    },
  });
}

function lost(content: KubeObject, world: World): Change[] {
  return statusChange(VM_SNAPSHOT_CONTENTS, content, {
    ...content.status,
    readyToUse: false,
    error: content.status?.error ?? {
      message: 'the copies of the disks are gone',
      time: timestamp(world.now),
    },
  });
}

function indicationsOf(quiesced: Quiesced): string[] {
  switch (quiesced) {
    case 'not-needed':
      return [];
    case 'frozen':
      return ['Online', 'GuestAgent'];
    case 'no-agent':
      return ['Online', 'NoGuestAgent'];
    case 'failed':
      return ['Online', 'QuiesceFailed'];
    case 'paused':
      return ['Online', 'Paused'];
  }
}

function ready(
  content: KubeObject,
  copy: Extract<SnapshotState, { state: 'ready' }>,
  world: World,
): Change[] {
  const snapshots = backupsOf(content).map(({ volumeSnapshotName }) =>
    world.get(VOLUME_SNAPSHOTS, content.metadata.namespace, volumeSnapshotName),
  );
  const indications = indicationsOf(copy.quiesced);
  const status: Untyped = {
    creationTime: timestamp(copy.takenAt),
    readyToUse: snapshots.every((one) => one?.status?.readyToUse),
    ...(snapshots.length > 0
      ? {
          volumeSnapshotStatus: snapshots.map((one) => ({
            creationTime: one?.status?.creationTime,
            readyToUse: one?.status?.readyToUse ?? false,
            error: one?.status?.error,
            volumeSnapshotName: one?.metadata.name,
          })),
        }
      : {}),
    ...(indications.length > 0
      ? {
          indications,
          sourceIndications: indications.map((indication) => ({
            indication,
            message: MESSAGES[indication],
          })),
        }
      : {}),
  };
  return statusChange(VM_SNAPSHOT_CONTENTS, content, status);
}

/** Its VolumeSnapshots first: they take the copies with them. */
function remove(content: KubeObject, world: World): Reconciliation {
  if (!content.metadata.finalizers?.includes(PROTECTION)) return { changes: [] };
  const { namespace, uid } = content.metadata;
  const left = world.list(VOLUME_SNAPSHOTS, namespace).filter((one) => isControlledBy(one, uid));
  if (left.length > 0) {
    return {
      changes: left
        .filter((one) => !one.metadata.deletionTimestamp)
        .map(({ metadata: { name } }) => ({ kind: 'delete', resource: VOLUME_SNAPSHOTS, namespace, name })),
    };
  }
  // Without disks nobody else has removed what says when it was taken.
  if (world.snapshots(uid).state === 'ready') {
    return { changes: [{ kind: 'snapshot', command: { do: 'drop', group: uid, snapshotUid: uid } }] };
  }
  const released = editable(content);
  released.metadata.finalizers = content.metadata.finalizers.filter((one) => one !== PROTECTION);
  return { changes: [{ kind: 'update', resource: VM_SNAPSHOT_CONTENTS, object: released }] };
}
