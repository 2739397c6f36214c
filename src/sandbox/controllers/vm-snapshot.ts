import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { type Condition, timestamp, withCondition } from './conditions.js';
import { durationMs } from './duration.js';
import { storedRevision } from './instancetype-lookup.js';
import { ownerKey } from './ownership.js';
import {
  type Change,
  CLAIMS,
  type Controller,
  DATA_VOLUMES,
  editable,
  type Reconciliation,
  sameValue,
  statusChange,
  VM_SNAPSHOT_CONTENTS,
  VM_SNAPSHOTS,
  VMS,
  type World,
} from './reconciliation.js';
import { claimNames } from './vm-data-volumes.js';
import { holds, lockOf, releaseLock, takeLock } from './vm-locks.js';

const PROTECTION = 'snapshot.kubevirt.io/vmsnapshot-protection';
const DEFAULT_DEADLINE_MS = 5 * 60 * 1000;
const COMPONENT = 'snapshot-controller';

/** virt-controller's part for VirtualMachineSnapshot. @see KubeVirt pkg/storage/snapshot/snapshot.go */
export const machineSnapshotController: Controller = {
  name: 'virtualmachinesnapshot',
  resource: VM_SNAPSHOTS,
  reconcile: reconcileMachineSnapshot,
  watches: {
    [VM_SNAPSHOT_CONTENTS]: ownerKeyOfContent,
    [VMS]: (vm, world) => snapshotsInWorkOf(vm, world),
    [CLAIMS]: (claim, world) => inWork(claim.metadata.namespace, world),
    [DATA_VOLUMES]: (volume, world) => inWork(volume.metadata.namespace, world),
  },
};

function ownerKeyOfContent(content: KubeObject): string[] {
  const name = content.spec?.virtualMachineSnapshotName;
  return name ? [`${content.metadata.namespace}/${name}`] : ownerKey('VirtualMachineSnapshot')(content);
}

const isInWork = (snapshot: KubeObject) =>
  Boolean(snapshot.metadata.deletionTimestamp) ||
  (snapshot.status?.phase !== 'Succeeded' && snapshot.status?.phase !== 'Failed');

function inWork(namespace: string | undefined, world: World): string[] {
  return world
    .list(VM_SNAPSHOTS, namespace)
    .filter(isInWork)
    .map(({ metadata }) => `${namespace}/${metadata.name}`);
}

function snapshotsInWorkOf(vm: KubeObject, world: World): string[] {
  return world
    .list(VM_SNAPSHOTS, vm.metadata.namespace)
    .filter((one) => isInWork(one) && one.spec?.source?.name === vm.metadata.name)
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
}

export const contentNameOf = (snapshot: KubeObject): string => `vmsnapshot-content-${snapshot.metadata.uid}`;

export function reconcileMachineSnapshot(snapshot: KubeObject, world: World): Reconciliation {
  const { namespace, name } = snapshot.metadata;
  const vm = world.get(VMS, namespace, snapshot.spec.source.name);
  const content = world.get(VM_SNAPSHOT_CONTENTS, namespace, contentNameOf(snapshot));
  if (snapshot.metadata.deletionTimestamp) return remove(snapshot, vm, content);
  const prepared = prepare(snapshot);
  if (prepared) return { changes: [prepared] };
  const phase = snapshot.status?.phase;
  if (phase === 'Failed') return { changes: releaseLock(vm, 'snapshotInProgress', name) };
  if (phase === 'Succeeded') return settled(snapshot, vm, content, world);
  const leftMs = timeLeftMs(snapshot, world.now);
  if (content?.status?.readyToUse) return succeed(snapshot, vm, content, world);
  if (leftMs !== undefined && leftMs <= 0) return fail(snapshot, vm, content, world);
  const waiting = obstacle(snapshot, vm, world);
  const changes: Change[] = [];
  if (!waiting && vm) {
    changes.push(...takeLock(vm, 'snapshotInProgress', name));
    if (!content)
      changes.push({
        kind: 'create',
        resource: VM_SNAPSHOT_CONTENTS,
        object: contentFor(snapshot, vm, world),
      });
  }
  changes.push(...progress(snapshot, vm, content, waiting, world));
  return { changes, requeueAfterMs: leftMs };
}

function prepare(snapshot: KubeObject): Change | undefined {
  const wanted = editable(snapshot);
  wanted.metadata.finalizers = [...new Set([...(snapshot.metadata.finalizers ?? []), PROTECTION])];
  return sameValue(wanted.metadata, snapshot.metadata)
    ? undefined
    : { kind: 'update', resource: VM_SNAPSHOTS, object: wanted };
}

/** Undefined for a snapshot without a deadline ("0s"). */
function timeLeftMs(snapshot: KubeObject, now: Date): number | undefined {
  const patience = durationMs(snapshot.spec.failureDeadline) ?? DEFAULT_DEADLINE_MS;
  if (patience === 0) return undefined;
  return Date.parse(snapshot.metadata.creationTimestamp) + patience - now.getTime();
}

/** Why the snapshot cannot begin yet. */
function obstacle(snapshot: KubeObject, vm: KubeObject | undefined, world: World): string | undefined {
  if (!vm) return 'Source does not exist';
  if (holds(vm, 'snapshotInProgress', snapshot.metadata.name)) return undefined;
  if (lockOf(vm) || vm.metadata.deletionTimestamp) return 'Source not locked';
  for (const claimName of claimNames(vm.spec.template?.spec?.volumes).values()) {
    const claim = world.get(CLAIMS, vm.metadata.namespace, claimName);
    const volume = world.get(DATA_VOLUMES, vm.metadata.namespace, claimName);
    const filled = claim && world.disk(claim.metadata.uid).state === 'ready';
    if (!filled || (volume && volume.status?.phase !== 'Succeeded')) return 'Source not locked';
  }
  return undefined;
}

function contentFor(snapshot: KubeObject, vm: KubeObject, world: World): NewObject {
  const { uid, name, namespace } = snapshot.metadata;
  const claims = claimNames(vm.spec.template?.spec?.volumes);
  const volumeBackups = [...claims].flatMap(([volumeName, claimName]) => {
    const claim = world.get(CLAIMS, namespace, claimName);
    if (!claim) return [];
    const { managedFields: _fields, ...metadata } = claim.metadata;
    return [
      {
        volumeName,
        volumeSnapshotName: `vmsnapshot-${uid}-volume-${volumeName}`,
        persistentVolumeClaim: { metadata: structuredClone(metadata), spec: structuredClone(claim.spec) },
      },
    ];
  });
  return {
    apiVersion: 'snapshot.kubevirt.io/v1beta1',
    kind: 'VirtualMachineSnapshotContent',
    metadata: {
      name: contentNameOf(snapshot),
      namespace,
      finalizers: ['snapshot.kubevirt.io/vmsnapshotcontent-protection'],
    },
    spec: {
      source: { virtualMachine: machineAsItIs(vm) },
      virtualMachineSnapshotName: name,
      volumeBackups,
    },
  };
}

/** The machine with its instance type pinned to the revision that it runs with. */
function machineAsItIs(vm: KubeObject): Untyped {
  const { managedFields: _fields, ...metadata } = vm.metadata;
  const spec = structuredClone(vm.spec);
  for (const field of ['instancetype', 'preference'] as const) {
    const revisionName = spec[field] && (spec[field].revisionName ?? storedRevision(vm, field));
    if (revisionName) spec[field].revisionName = revisionName;
  }
  return {
    metadata: structuredClone(metadata),
    spec,
    status: { printableStatus: vm.status?.printableStatus },
  };
}

function progress(
  snapshot: KubeObject,
  vm: KubeObject | undefined,
  content: KubeObject | undefined,
  waiting: string | undefined,
  world: World,
): Change[] {
  const status: Untyped = {
    ...snapshot.status,
    phase: 'InProgress',
    readyToUse: false,
    ...(vm && !snapshot.status?.sourceUID ? { sourceUID: vm.metadata.uid } : {}),
    ...(content ? { virtualMachineSnapshotContentName: content.metadata.name } : {}),
    error: content?.status?.error,
    conditions: conditions(snapshot, world.now, [
      waiting
        ? { type: 'Progressing', status: 'False', reason: waiting }
        : { type: 'Progressing', status: 'True', reason: 'Source locked and operation in progress' },
      { type: 'Ready', status: 'False', reason: 'Not ready' },
    ]),
  };
  return statusChange(VM_SNAPSHOTS, snapshot, status);
}

function conditions(snapshot: KubeObject, now: Date, wanted: Condition[]): Condition[] {
  return wanted.reduce((all, one) => withCondition(all, one, now), snapshot.status?.conditions ?? []);
}

function succeed(
  snapshot: KubeObject,
  vm: KubeObject | undefined,
  content: KubeObject,
  world: World,
): Reconciliation {
  const included: string[] = (content.spec.volumeBackups ?? []).map((one: Untyped) => one.volumeName);
  const volumes: Untyped[] = content.spec.source.virtualMachine.spec.template?.spec?.volumes ?? [];
  const excluded = volumes.map(({ name }) => name).filter((name) => !included.includes(name));
  const { indications = [], sourceIndications = [] } = content.status;
  const status: Untyped = {
    ...snapshot.status,
    phase: 'Succeeded',
    readyToUse: true,
    creationTime: content.status.creationTime,
    error: undefined,
    virtualMachineSnapshotContentName: content.metadata.name,
    ...(indications.length > 0 ? { indications, sourceIndications } : {}),
    snapshotVolumes: {
      ...(included.length > 0 ? { includedVolumes: included } : {}),
      ...(excluded.length > 0 ? { excludedVolumes: excluded } : {}),
    },
    conditions: conditions(snapshot, world.now, [
      { type: 'Progressing', status: 'False', reason: 'Operation complete' },
      { type: 'Ready', status: 'True', reason: 'Operation complete' },
    ]),
  };
  return {
    changes: [
      ...statusChange(VM_SNAPSHOTS, snapshot, status),
      ...releaseLock(vm, 'snapshotInProgress', snapshot.metadata.name),
    ],
  };
}

/** A snapshot that was taken is as good as its content. */
function settled(
  snapshot: KubeObject,
  vm: KubeObject | undefined,
  content: KubeObject | undefined,
  world: World,
): Reconciliation {
  const changes = releaseLock(vm, 'snapshotInProgress', snapshot.metadata.name);
  const readyToUse = Boolean(content?.status?.readyToUse);
  if (snapshot.status.readyToUse === readyToUse) return { changes };
  const ready: Condition = readyToUse
    ? { type: 'Ready', status: 'True', reason: 'Operation complete' }
    : { type: 'Ready', status: 'False', reason: 'Not ready' };
  const status = { ...snapshot.status, readyToUse, conditions: conditions(snapshot, world.now, [ready]) };
  return { changes: [...changes, ...statusChange(VM_SNAPSHOTS, snapshot, status)] };
}

/** Too late: what was begun is given up and removed, and the machine let go. */
function fail(
  snapshot: KubeObject,
  vm: KubeObject | undefined,
  content: KubeObject | undefined,
  world: World,
): Reconciliation {
  const { name, namespace } = snapshot.metadata;
  const message = 'snapshot deadline exceeded';
  const status: Untyped = {
    ...snapshot.status,
    phase: 'Failed',
    readyToUse: false,
    error: { message: content?.status?.error?.message ?? message, time: timestamp(world.now) },
    conditions: conditions(snapshot, world.now, [
      { type: 'Progressing', status: 'False', reason: 'Operation failed' },
      { type: 'Ready', status: 'False', reason: 'Operation failed' },
      { type: 'Failure', status: 'True', reason: message },
    ]),
  };
  const changes: Change[] = [...statusChange(VM_SNAPSHOTS, snapshot, status)];
  if (content) {
    changes.push({ kind: 'snapshot', command: { do: 'abandon', group: content.metadata.uid } });
    changes.push({ kind: 'delete', resource: VM_SNAPSHOT_CONTENTS, namespace, name: content.metadata.name });
  }
  changes.push(...releaseLock(vm, 'snapshotInProgress', name));
  changes.push({
    kind: 'event',
    regarding: snapshot,
    type: 'Warning',
    reason: 'VirtualMachineSnapshotFailed',
    message: `VirtualMachineSnapshot ${name} failed: ${status.error.message}`,
    component: COMPONENT,
  });
  return { changes };
}

function remove(
  snapshot: KubeObject,
  vm: KubeObject | undefined,
  content: KubeObject | undefined,
): Reconciliation {
  const { name, namespace } = snapshot.metadata;
  if (!snapshot.metadata.finalizers?.includes(PROTECTION)) return { changes: [] };
  const changes: Change[] = releaseLock(vm, 'snapshotInProgress', name);
  const kept = snapshot.spec.deletionPolicy === 'Retain' && snapshot.status?.readyToUse;
  if (content && !kept) {
    changes.push({ kind: 'snapshot', command: { do: 'abandon', group: content.metadata.uid } });
    if (!content.metadata.deletionTimestamp) {
      changes.push({
        kind: 'delete',
        resource: VM_SNAPSHOT_CONTENTS,
        namespace,
        name: content.metadata.name,
      });
    }
    return {
      changes: [
        ...changes,
        ...statusChange(VM_SNAPSHOTS, snapshot, { ...snapshot.status, phase: 'Deleting' }),
      ],
    };
  }
  const released = editable(snapshot);
  released.metadata.finalizers = snapshot.metadata.finalizers.filter((one) => one !== PROTECTION);
  return { changes: [...changes, { kind: 'update', resource: VM_SNAPSHOTS, object: released }] };
}
