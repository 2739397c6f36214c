import type { KubeObject } from '../store/kube-object.js';
import { type Change, editable, VMS } from './reconciliation.js';

const SOURCE_PROTECTION = 'snapshot.kubevirt.io/snapshot-source-protection';

type Lock = 'snapshotInProgress' | 'restoreInProgress';

/** What works on the machine's disks at present; undefined where nothing does. */
export function lockOf(vm: KubeObject): { lock: Lock; name: string } | undefined {
  for (const lock of ['restoreInProgress', 'snapshotInProgress'] as const) {
    const name = vm.status?.[lock];
    if (name) return { lock, name };
  }
  return undefined;
}

/** Whether the lock is held under this name. */
export function holds(vm: KubeObject, lock: Lock, name: string): boolean {
  return vm.status?.[lock] === name;
}

export function takeLock(vm: KubeObject, lock: Lock, name: string): Change[] {
  if (holds(vm, lock, name)) return [];
  const changes: Change[] = [
    {
      kind: 'updateStatus',
      resource: VMS,
      object: { ...editable(vm), status: { ...vm.status, [lock]: name } },
    },
  ];
  if (lock === 'snapshotInProgress') {
    const wanted = editable(vm);
    wanted.metadata.finalizers = [...new Set([...(vm.metadata.finalizers ?? []), SOURCE_PROTECTION])];
    changes.unshift({ kind: 'update', resource: VMS, object: wanted });
  }
  return changes;
}

/** Nothing where somebody else holds the lock. The finalizer goes last: with it the machine may go. */
export function releaseLock(vm: KubeObject | undefined, lock: Lock, name: string): Change[] {
  if (!vm || !holds(vm, lock, name)) return [];
  const { [lock]: _released, ...status } = vm.status;
  const changes: Change[] = [
    { kind: 'updateStatus', resource: VMS, object: { ...editable(vm), status: structuredClone(status) } },
  ];
  if (lock === 'snapshotInProgress' && vm.metadata.finalizers?.includes(SOURCE_PROTECTION)) {
    const wanted = editable(vm);
    wanted.metadata.finalizers = vm.metadata.finalizers.filter((one) => one !== SOURCE_PROTECTION);
    changes.push({ kind: 'update', resource: VMS, object: wanted });
  }
  return changes;
}
