import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { type Condition, timestamp, withCondition } from './conditions.js';
import { controlledBy } from './ownership.js';
import {
  type Change,
  CLAIMS,
  type Controller,
  DATA_VOLUMES,
  editable,
  type Reconciliation,
  sameValue,
  statusChange,
  VM_RESTORES,
  VM_SNAPSHOT_CONTENTS,
  VM_SNAPSHOTS,
  VMIS,
  VMS,
  type World,
} from './reconciliation.js';
import {
  LAST_RESTORE,
  restoredMachine,
  restoreMark,
  UnfitPatch,
  type VolumeRestore,
} from './restored-machine.js';
import { claimsToMake, ownRestoredClaims, revisionsToMake, volumeRestores } from './restored-volumes.js';
import { holds, lockOf, releaseLock, takeLock } from './vm-locks.js';
import { contentNameOf } from './vm-snapshot.js';

const PROTECTION = 'snapshot.kubevirt.io/vmrestore-protection';
const GRACE_MS = 5 * 60 * 1000;
const COMPONENT = 'restore-controller';
const WAIT_FOR_STOP =
  'Waiting for target VM to be powered off. Please stop the restore target to proceed with restore';

/** virt-controller's part for VirtualMachineRestore. @see KubeVirt pkg/storage/snapshot/restore.go */
export const machineRestoreController: Controller = {
  name: 'virtualmachinerestore',
  resource: VM_RESTORES,
  reconcile: reconcileRestore,
  onRefused: (restore, message, world) =>
    statusChange(VM_RESTORES, restore, inProgress(restore, message, world)),
  watches: {
    [VM_SNAPSHOTS]: (snapshot, world) =>
      inWork(
        snapshot.metadata.namespace,
        world,
        (one) => one.spec.virtualMachineSnapshotName === snapshot.metadata.name,
      ),
    [VMS]: (vm, world) =>
      inWork(vm.metadata.namespace, world, (one) => one.spec.target.name === vm.metadata.name),
    [VMIS]: (vmi, world) =>
      inWork(vmi.metadata.namespace, world, (one) => one.spec.target.name === vmi.metadata.name),
    [CLAIMS]: (claim, world) => inWork(claim.metadata.namespace, world, () => true),
  },
};

function inWork(
  namespace: string | undefined,
  world: World,
  concerns: (restore: KubeObject) => boolean,
): string[] {
  return world
    .list(VM_RESTORES, namespace)
    .filter((one) => !one.status?.complete && concerns(one))
    .map(({ metadata }) => `${namespace}/${metadata.name}`);
}

export function reconcileRestore(restore: KubeObject, world: World): Reconciliation {
  const { namespace, name } = restore.metadata;
  const target = world.get(VMS, namespace, restore.spec.target.name);
  if (restore.metadata.deletionTimestamp) return remove(restore, target);
  const over = restore.status?.complete || isFailed(restore);
  const prepared = prepare(restore, over ? undefined : target);
  if (prepared) return { changes: [prepared] };
  if (over) return { changes: releaseLock(target, 'restoreInProgress', name) };
  const snapshot = world.get(VM_SNAPSHOTS, namespace, restore.spec.virtualMachineSnapshotName);
  if (snapshot?.status?.phase === 'Failed') {
    return fail(
      restore,
      target,
      `VirtualMachineSnapshot ${snapshot.metadata.name} failed and is invalid to use`,
      world,
    );
  }
  const content = snapshot && world.get(VM_SNAPSHOT_CONTENTS, namespace, contentNameOf(snapshot));
  if (!snapshot?.status?.readyToUse || !content) {
    const why = snapshot
      ? `VirtualMachineSnapshot ${snapshot.metadata.name} not ready`
      : `VirtualMachineSnapshot ${restore.spec.virtualMachineSnapshotName} does not exist`;
    return wait(restore, why, world);
  }
  if (target?.metadata.deletionTimestamp) return wait(restore, 'Restore target is being deleted', world);
  const held = target && claimTarget(restore, target, world);
  return held ?? bringBack(restore, content, target, world);
}

const isFailed = (restore: KubeObject): boolean =>
  restore.status?.conditions?.some((one: Condition) => one.type === 'Failure' && one.status === 'True') ??
  false;

/** A restore that nobody else owns is its machine's, as soon as there is one, and goes with it. */
function prepare(restore: KubeObject, target: KubeObject | undefined): Change | undefined {
  const wanted = editable(restore);
  wanted.metadata.finalizers = [...new Set([...(restore.metadata.finalizers ?? []), PROTECTION])];
  const free = (restore.metadata.ownerReferences ?? []).length === 0;
  if (free && target && !target.metadata.deletionTimestamp) {
    wanted.metadata.ownerReferences = [controlledBy(target)];
  }
  return sameValue(wanted.metadata, restore.metadata)
    ? undefined
    : { kind: 'update', resource: VM_RESTORES, object: wanted };
}

/** Locks a machine that is there and sees that it stands still. Undefined when it does. */
function claimTarget(restore: KubeObject, target: KubeObject, world: World): Reconciliation | undefined {
  const { name } = restore.metadata;
  if (!holds(target, 'restoreInProgress', name)) {
    const lock = lockOf(target);
    if (lock) return wait(restore, `target VM is locked by ${lock.name}`, world);
    const told = statusChange(VM_RESTORES, restore, inProgress(restore, 'Locking target', world));
    return { changes: [...takeLock(target, 'restoreInProgress', name), ...told], requeueAfterMs: 1 };
  }
  const vmi = world.get(VMIS, target.metadata.namespace, target.metadata.name);
  if (!vmi) return undefined;
  const policy = restore.spec.targetReadinessPolicy ?? 'WaitGracePeriod';
  if (policy === 'FailImmediate') {
    return fail(restore, target, 'Restore target VMI still exists', world);
  }
  const leftMs = Date.parse(restore.metadata.creationTimestamp) + GRACE_MS - world.now.getTime();
  if (policy === 'WaitGracePeriod' && leftMs <= 0) {
    return fail(restore, target, 'Restore target failed to be ready within 5m0s', world);
  }
  const told = statusChange(VM_RESTORES, restore, inProgress(restore, WAIT_FOR_STOP, world));
  const stop = policy === 'StopTarget' ? stopTarget(target) : [];
  return { changes: [...stop, ...told], requeueAfterMs: policy === 'WaitGracePeriod' ? leftMs : undefined };
}

function stopTarget(target: KubeObject): Change[] {
  if (target.spec.runStrategy === 'Halted' || target.spec.running === false) return [];
  const stopped = editable(target);
  delete stopped.spec.running;
  stopped.spec.runStrategy = 'Halted';
  return [{ kind: 'update', resource: VMS, object: stopped }];
}

function bringBack(
  restore: KubeObject,
  content: KubeObject,
  target: KubeObject | undefined,
  world: World,
): Reconciliation {
  const restores: VolumeRestore[] = restore.status?.restores ?? volumeRestores(restore, content);
  const done = target?.metadata.annotations?.[LAST_RESTORE] === restoreMark(restore);
  if (!done) {
    let machine: NewObject;
    try {
      machine = restoredMachine(restore, content, target, restores);
    } catch (error) {
      if (error instanceof UnfitPatch) return fail(restore, target, error.message, world);
      throw error;
    }
    const making = claimsToMake(restore, content, restores, target, world);
    if (making) {
      const status = { ...inProgress(restore, 'Creating new PVCs', world), restores };
      return { changes: [...making, ...statusChange(VM_RESTORES, restore, status)] };
    }
    const left = target ? volumesLeft(target, machine) : [];
    const status = {
      ...inProgress(restore, 'Updating target spec', world),
      restores,
      ...(left.length > 0 ? { deletedDataVolumes: left } : {}),
    };
    const change: Change = target
      ? { kind: 'update', resource: VMS, object: machine as KubeObject }
      : { kind: 'create', resource: VMS, object: machine };
    return {
      // What it leaves is written down first: once the machine has changed, nothing else tells.
      changes: [
        ...statusChange(VM_RESTORES, restore, status),
        ...revisionsToMake(machine, content, world),
        change,
      ],
      requeueAfterMs: 1,
    };
  }
  return complete(restore, target, restores, world);
}

/** DataVolumes that the machine has now and will not have any more. @see KubeVirt restore.go */
function volumesLeft(present: KubeObject, restored: NewObject): string[] {
  const namesOf = ({ spec }: NewObject | KubeObject): string[] =>
    (spec.dataVolumeTemplates ?? []).map((one: Untyped) => one.metadata.name);
  const kept = new Set(namesOf(restored));
  return namesOf(present).filter((name) => !kept.has(name));
}

function complete(
  restore: KubeObject,
  target: KubeObject,
  restores: VolumeRestore[],
  world: World,
): Reconciliation {
  const { namespace, name } = restore.metadata;
  const dropped: string[] = restore.status?.deletedDataVolumes ?? [];
  const status: Untyped = {
    ...inProgress(restore, 'Operation complete', world),
    restores,
    complete: true,
    restoreTime: timestamp(world.now),
  };
  status.conditions = conditions(restore, world, [
    { type: 'Progressing', status: 'False', reason: 'Operation complete' },
    { type: 'Ready', status: 'True', reason: 'Operation complete' },
  ]);
  return {
    changes: [
      ...ownRestoredClaims(restore, target, restores, world),
      ...dropped
        .filter((one) => world.get(DATA_VOLUMES, namespace, one))
        .map((one): Change => ({ kind: 'delete', resource: DATA_VOLUMES, namespace, name: one })),
      ...statusChange(VM_RESTORES, restore, status),
      ...releaseLock(target, 'restoreInProgress', name),
      {
        kind: 'event',
        regarding: restore,
        type: 'Normal',
        reason: 'VirtualMachineRestoreComplete',
        message: `Successfully completed VirtualMachineRestore ${name}`,
        component: COMPONENT,
      },
    ],
  };
}

function conditions(restore: KubeObject, world: World, wanted: Condition[]): Condition[] {
  return wanted.reduce((all, one) => withCondition(all, one, world.now), restore.status?.conditions ?? []);
}

function inProgress(restore: KubeObject, why: string, world: World): Untyped {
  return {
    ...restore.status,
    complete: false,
    conditions: conditions(restore, world, [
      { type: 'Progressing', status: 'True', reason: why },
      { type: 'Ready', status: 'False', reason: 'Waiting for target to be ready' },
    ]),
  };
}

function wait(restore: KubeObject, why: string, world: World): Reconciliation {
  const status = inProgress(restore, why, world);
  status.conditions = conditions(restore, world, [
    { type: 'Progressing', status: 'False', reason: why },
    { type: 'Ready', status: 'False', reason: why },
  ]);
  return { changes: statusChange(VM_RESTORES, restore, status) };
}

/** The target is let go as it is; claims that were made belong to the restore and go with it. */
function fail(
  restore: KubeObject,
  target: KubeObject | undefined,
  why: string,
  world: World,
): Reconciliation {
  const status = inProgress(restore, why, world);
  status.conditions = conditions(restore, world, [
    { type: 'Progressing', status: 'False', reason: 'Operation failed', message: why },
    { type: 'Ready', status: 'False', reason: 'Operation failed', message: why },
    { type: 'Failure', status: 'True', reason: 'Operation failed', message: why },
  ]);
  return {
    changes: [
      ...statusChange(VM_RESTORES, restore, status),
      ...releaseLock(target, 'restoreInProgress', restore.metadata.name),
      {
        kind: 'event',
        regarding: restore,
        type: 'Warning',
        reason: 'VirtualMachineRestoreError',
        message: `VirtualMachineRestore encountered error ${why}`,
        component: COMPONENT,
      },
    ],
  };
}

function remove(restore: KubeObject, target: KubeObject | undefined): Reconciliation {
  if (!restore.metadata.finalizers?.includes(PROTECTION)) return { changes: [] };
  const released = editable(restore);
  released.metadata.finalizers = restore.metadata.finalizers.filter((one) => one !== PROTECTION);
  return {
    changes: [
      ...releaseLock(target, 'restoreInProgress', restore.metadata.name),
      { kind: 'update', resource: VM_RESTORES, object: released },
    ],
  };
}
