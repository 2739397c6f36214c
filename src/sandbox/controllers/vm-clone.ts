import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { clonePatches } from './clone-patches.js';
import { type Condition, timestamp, withCondition } from './conditions.js';
import { controlledBy, ownerKey } from './ownership.js';
import {
  type Change,
  type Controller,
  DATA_VOLUMES,
  type Reconciliation,
  statusChange,
  VM_CLONES,
  VM_RESTORES,
  VM_SNAPSHOT_CONTENTS,
  VM_SNAPSHOTS,
  VMS,
  type World,
} from './reconciliation.js';
import { stableSuffix } from './stable-names.js';
import { contentNameOf } from './vm-snapshot.js';

const COMPONENT = 'clone-controller';
const API_VERSION = 'snapshot.kubevirt.io/v1beta1';

/**
 * virt-controller's part for VirtualMachineClone: a snapshot, a restore to a new machine, and both removed
 * when the new machine stands on disks of its own. @see KubeVirt pkg/virt-controller/watch/clone
 */
export const machineCloneController: Controller = {
  name: 'virtualmachineclone',
  resource: VM_CLONES,
  reconcile: reconcileClone,
  watches: {
    [VM_SNAPSHOTS]: ownerKey('VirtualMachineClone'),
    [VM_RESTORES]: ownerKey('VirtualMachineClone'),
    [VMS]: (vm, world) => inNamespace(vm, world),
    [DATA_VOLUMES]: (volume, world) => inNamespace(volume, world),
  },
};

function inNamespace({ metadata: { namespace } }: KubeObject, world: World): string[] {
  return world.list(VM_CLONES, namespace).map(({ metadata }) => `${namespace}/${metadata.name}`);
}

export function reconcileClone(clone: KubeObject, world: World): Reconciliation {
  if (clone.metadata.deletionTimestamp) return { changes: [] };
  const { namespace } = clone.metadata;
  const { source } = clone.spec;
  const phase = clone.status?.phase;
  if (phase === 'Succeeded') return { changes: cleanUp(clone, world) };
  if (phase === 'Failed') return { changes: [] };
  const facts = { ...clone.status, targetName: targetNameOf(clone) };
  const ofMachine = source.kind !== 'VirtualMachineSnapshot';
  if (ofMachine && !facts.snapshotName && !world.get(VMS, namespace, source.name)) {
    return told(
      clone,
      { ...facts, phase: 'Unknown' },
      `Source doesnt exist: ${source.kind} ${source.name}`,
      world,
    );
  }
  const snapshotName = ofMachine ? `tmp-snapshot-${clone.metadata.uid}` : source.name;
  const snapshot = world.get(VM_SNAPSHOTS, namespace, snapshotName);
  const restoreName = `tmp-restore-${clone.metadata.uid}`;
  const restore = world.get(VM_RESTORES, namespace, restoreName);
  if (!snapshot && !restore) {
    if (!ofMachine) {
      return told(
        clone,
        { ...facts, phase: 'Unknown' },
        `Source doesnt exist: ${source.kind} ${source.name}`,
        world,
      );
    }
    if (clone.status?.snapshotName)
      return failed(clone, facts, `Snapshot ${snapshotName} was deleted`, world);
    return told(clone, { ...facts, phase: 'SnapshotInProgress', snapshotName }, undefined, world, [
      { kind: 'create', resource: VM_SNAPSHOTS, object: snapshotFor(clone, snapshotName) },
    ]);
  }
  if (snapshot?.status?.phase === 'Failed') {
    const why = snapshot.status.error?.message ?? 'unknown reason';
    return failed(clone, facts, `Snapshot ${snapshotName} failed: ${why}`, world);
  }
  if (!restore) {
    if (!snapshot?.status?.readyToUse) {
      const known = ofMachine ? { snapshotName } : {};
      return told(clone, { ...facts, ...known, phase: 'SnapshotInProgress' }, undefined, world);
    }
    const content = world.get(VM_SNAPSHOT_CONTENTS, namespace, contentNameOf(snapshot));
    if (!content) return { changes: [], requeueAfterMs: 1_000 };
    const taken = world.get(VMS, namespace, facts.targetName);
    if (taken) return failed(clone, facts, `Target VM ${facts.targetName} already exists`, world);
    const object = restoreFor(clone, restoreName, snapshotName, content, facts.targetName);
    return told(clone, { ...facts, phase: 'RestoreInProgress', restoreName }, undefined, world, [
      { kind: 'create', resource: VM_RESTORES, object },
    ]);
  }
  return follow(clone, facts, restore, world);
}

function targetNameOf(clone: KubeObject): string {
  const { target, source } = clone.spec;
  return (
    target?.name ?? clone.status?.targetName ?? `clone-${source.name}-${stableSuffix(clone.metadata.uid)}`
  );
}

function follow(clone: KubeObject, facts: Untyped, restore: KubeObject, world: World): Reconciliation {
  const failure = restore.status?.conditions?.find(
    (one: Condition) => one.type === 'Failure' && one.status === 'True',
  );
  if (failure)
    return failed(clone, facts, `Restore ${restore.metadata.name} failed: ${failure.message}`, world);
  const target = world.get(VMS, clone.metadata.namespace, facts.targetName);
  if (!restore.status?.complete) {
    const phase = target ? 'CreatingTargetVM' : 'RestoreInProgress';
    return told(clone, { ...facts, phase, restoreName: restore.metadata.name }, undefined, world);
  }
  if (!target) return failed(clone, facts, `Target VM ${facts.targetName} is gone`, world);
  const { snapshotName: _snapshot, restoreName: _restore, ...done } = facts;
  return told(clone, { ...done, phase: 'Succeeded', creationTime: timestamp(world.now) }, undefined, world, [
    {
      kind: 'event',
      regarding: clone,
      type: 'Normal',
      reason: 'TargetVMCreated',
      message: `Created VirtualMachine ${facts.targetName}`,
      component: COMPONENT,
    },
  ]);
}

/** What only stood in between goes; a snapshot that was there before stays. */
function cleanUp(clone: KubeObject, world: World): Change[] {
  const { namespace, uid } = clone.metadata;
  const temporary = [
    { resource: VM_RESTORES, name: `tmp-restore-${uid}` },
    { resource: VM_SNAPSHOTS, name: `tmp-snapshot-${uid}` },
  ];
  return temporary.flatMap(({ resource, name }): Change[] => {
    const left = world.get(resource, namespace, name);
    return left && !left.metadata.deletionTimestamp ? [{ kind: 'delete', resource, namespace, name }] : [];
  });
}

function told(
  clone: KubeObject,
  status: Untyped,
  why: string | undefined,
  world: World,
  changes: Change[] = [],
): Reconciliation {
  const isDone = status.phase === 'Succeeded';
  const facts: Pick<Condition, 'reason' | 'message'> = {
    reason: why ? 'Pending' : status.phase === 'Succeeded' ? 'Operation complete' : 'Still processing',
    ...(why ? { message: why } : {}),
  };
  const wanted: Condition[] = [
    { type: 'Progressing', status: isDone || why ? 'False' : 'True', ...facts },
    { type: 'Ready', status: isDone ? 'True' : 'False', ...facts },
  ];
  const conditions = wanted.reduce(
    (all, one) => withCondition(all, one, world.now),
    (clone.status?.conditions ?? []) as Condition[],
  );
  return { changes: [...changes, ...statusChange(VM_CLONES, clone, { ...status, conditions })] };
}

function failed(clone: KubeObject, facts: Untyped, message: string, world: World): Reconciliation {
  const reason = 'Operation failed';
  const wanted: Condition[] = [
    { type: 'Progressing', status: 'False', reason, message },
    { type: 'Ready', status: 'False', reason, message },
  ];
  const conditions = wanted.reduce(
    (all, one) => withCondition(all, one, world.now),
    (clone.status?.conditions ?? []) as Condition[],
  );
  return {
    changes: [
      ...statusChange(VM_CLONES, clone, { ...facts, phase: 'Failed', conditions }),
      ...cleanUp(clone, world),
      {
        kind: 'event',
        regarding: clone,
        type: 'Warning',
        reason: 'CloneFailed',
        message,
        component: COMPONENT,
      },
    ],
  };
}

function snapshotFor(clone: KubeObject, name: string): NewObject {
  const { name: machine } = clone.spec.source;
  return {
    apiVersion: API_VERSION,
    kind: 'VirtualMachineSnapshot',
    metadata: { name, namespace: clone.metadata.namespace, ownerReferences: [controlledBy(clone)] },
    spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: machine } },
  };
}

function restoreFor(
  clone: KubeObject,
  name: string,
  snapshotName: string,
  content: KubeObject,
  targetName: string,
): NewObject {
  return {
    apiVersion: API_VERSION,
    kind: 'VirtualMachineRestore',
    metadata: { name, namespace: clone.metadata.namespace, ownerReferences: [controlledBy(clone)] },
    spec: {
      target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: targetName },
      virtualMachineSnapshotName: snapshotName,
      patches: clonePatches(clone, content.spec.source.virtualMachine),
      ...(clone.spec.volumeNamePolicy ? { volumeRestorePolicy: clone.spec.volumeNamePolicy } : {}),
    },
  };
}
