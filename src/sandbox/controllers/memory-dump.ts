import type { KubeObject, Untyped } from '../store/kube-object.js';
import { timestamp } from './conditions.js';
import { ownerKey } from './ownership.js';
import { quantityBytes } from './quantity.js';
import {
  type Change,
  CLAIMS,
  type Controller,
  type Reconciliation,
  statusChange,
  VMIS,
  VMS,
  type World,
} from './reconciliation.js';
import { isActive } from './vmi-guest.js';

/** Writes a guest's memory into a claim when the machine's status asks for it. */
export const memoryDumpController: Controller = {
  name: 'memorydump',
  resource: VMS,
  reconcile: reconcileMemoryDump,
  watches: { [VMIS]: ownerKey('VirtualMachine') },
};

export const dumpGroup = (vmUid: string): string => `dump-${vmUid}`;

export function reconcileMemoryDump(vm: KubeObject, world: World): Reconciliation {
  const wanted = vm.status?.memoryDumpRequest;
  const group = dumpGroup(vm.metadata.uid);
  const work = world.snapshots(group);
  if (!wanted || wanted.remove || vm.metadata.deletionTimestamp) return letGo(vm, group, world);
  // The file is in its place; what said so is no longer needed.
  if (wanted.phase === 'Completed' || wanted.phase === 'Failed') {
    const changes: Change[] =
      work.state === 'ready'
        ? [{ kind: 'snapshot', command: { do: 'drop', group, snapshotUid: group } }]
        : [];
    return { changes };
  }
  const claim = world.get(CLAIMS, vm.metadata.namespace, wanted.claimName);
  const vmi = world.get(VMIS, vm.metadata.namespace, vm.metadata.name);
  const guest = vmi && world.guest(vmi.metadata.uid);
  const end = (facts: Untyped) => ({ ...wanted, ...facts, endTimestamp: timestamp(world.now) });
  if (work.state === 'ready') {
    const fileName = `${vm.metadata.name}-${wanted.claimName}-${work.takenAt.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}.memory.dump`;
    return { changes: report(vm, end({ phase: 'Completed', fileName })) };
  }
  if (work.state === 'failed')
    return { changes: report(vm, end({ phase: 'Failed', message: work.message })) };
  if (!claim || !vmi || !isActive(guest)) {
    return {
      changes: report(
        vm,
        end({ phase: 'Failed', message: 'the virtual machine does not run or the claim is gone' }),
      ),
    };
  }
  if (work.state === 'working') return { changes: [] };
  if (world.disk(claim.metadata.uid).state !== 'ready') return { changes: [], requeueAfterMs: 500 };
  const sizeBytes = quantityBytes(claim.spec.resources?.requests?.storage) ?? 0n;
  return {
    changes: [
      ...report(vm, { ...wanted, phase: 'InProgress', startTimestamp: timestamp(world.now) }),
      {
        kind: 'snapshot',
        command: {
          do: 'dump',
          group,
          guestUid: vmi.metadata.uid,
          path: world.diskPath(claim.metadata.uid),
          sizeBytes,
        },
      },
    ],
  };
}

function report(vm: KubeObject, memoryDumpRequest: Untyped): Change[] {
  return statusChange(VMS, vm, { ...vm.status, memoryDumpRequest });
}

function letGo(vm: KubeObject, group: string, world: World): Reconciliation {
  const changes: Change[] = [];
  const { state } = world.snapshots(group);
  if (state === 'working' || state === 'failed')
    changes.push({ kind: 'snapshot', command: { do: 'abandon', group } });
  if (state === 'ready')
    changes.push({ kind: 'snapshot', command: { do: 'drop', group, snapshotUid: group } });
  if (vm.status?.memoryDumpRequest?.remove) {
    const { memoryDumpRequest: _removed, ...status } = vm.status;
    changes.push(...statusChange(VMS, vm, status));
  }
  return { changes };
}
