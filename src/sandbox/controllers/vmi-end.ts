import type { KubeObject, Untyped } from '../store/kube-object.js';
import { dropAttachments } from './hotplug.js';
import { isOutOfReach } from './node-state.js';
import {
  type Change,
  editable,
  PODS,
  type Reconciliation,
  statusChange,
  VMIS,
  type World,
} from './reconciliation.js';
import { isFinal } from './vm-run-strategy.js';
import { DEFAULT_GRACE_SECONDS } from './vmi-defaults.js';
import { VM_FINALIZER, VMI_FOREGROUND_FINALIZER } from './vmi-from-vm.js';
import { guestEvent, isActive } from './vmi-guest.js';
import { dropCondition, initialStatus, setReady, withPhase } from './vmi-status.js';

/** A deleted instance: power button, plug after the grace period, pod, and last the finalizers. */
export function endInstance(vmi: KubeObject, pod: KubeObject | undefined, world: World): Reconciliation {
  const { uid } = vmi.metadata;
  const guest = world.guest(uid);
  let status = vmi.status?.phase ? structuredClone(vmi.status) : initialStatus(vmi, world.now);
  if (pod && isOutOfReach(pod, world)) {
    setReady(status, vmi, pod, world.now);
    return { changes: statusChange(VMIS, vmi, status) };
  }
  if (isActive(guest)) {
    setReady(status, vmi, pod, world.now);
    const ending = powerOff(vmi, Boolean(pod), world);
    return {
      changes: [...ending.changes, ...statusChange(VMIS, vmi, status)],
      requeueAfterMs: ending.requeueAfterMs,
    };
  }
  const changes: Change[] = [];
  changes.push(...dropAttachments(vmi, world));
  if (pod) changes.push(...deletePod(vmi, pod));
  if (!isFinal(vmi)) {
    const graceful = guest?.state === 'shutdown';
    status = withPhase(status, graceful ? 'Succeeded' : 'Failed', world.now);
    dropCondition(status, 'Paused');
    if (graceful) {
      changes.push(guestEvent(vmi, 'Normal', 'Stopped', 'The VirtualMachineInstance was shut down.'));
    }
  }
  delete status.activePods;
  setReady(status, vmi, undefined, world.now);
  changes.push(...statusChange(VMIS, vmi, status));
  if (guest) changes.push({ kind: 'guest', command: { do: 'remove', uid } });
  if (!guest && !pod) changes.push(...release(vmi, status));
  return { changes };
}

function powerOff(vmi: KubeObject, podExists: boolean, world: World): Reconciliation {
  const { uid, deletionTimestamp } = vmi.metadata;
  const grace: number = podExists ? (vmi.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) : 0;
  const leftMs = Date.parse(deletionTimestamp ?? '') + grace * 1000 - world.now.getTime();
  if (grace === 0 || leftMs <= 0) {
    return {
      changes: [
        { kind: 'guest', command: { do: 'kill', uid } },
        guestEvent(vmi, 'Normal', 'Deleted', 'Signaled Deletion'),
      ],
      requeueAfterMs: 5_000,
    };
  }
  const signalled = world.shutdownSignalled(uid);
  const changes: Change[] =
    signalled !== undefined && signalled <= grace
      ? []
      : [
          {
            kind: 'guest',
            command: { do: 'shutdown', uid, gracePeriodSeconds: Math.max(1, Math.ceil(leftMs / 1000)) },
          },
          guestEvent(vmi, 'Normal', 'ShuttingDown', 'Signaled Graceful Shutdown'),
        ];
  return { changes, requeueAfterMs: leftMs + 1_000 };
}

function deletePod(vmi: KubeObject, pod: KubeObject): Change[] {
  if (pod.metadata.deletionTimestamp) return [];
  const { name, namespace } = pod.metadata;
  return [
    { kind: 'delete', resource: PODS, namespace, name },
    {
      kind: 'event',
      regarding: vmi,
      type: 'Normal',
      reason: 'SuccessfulDelete',
      message: `Deleted virtual machine pod ${name}`,
      component: 'virtualmachine-controller',
    },
  ];
}

function release(vmi: KubeObject, status: Untyped): Change[] {
  const ours = [VM_FINALIZER, VMI_FOREGROUND_FINALIZER];
  const finalizers = vmi.metadata.finalizers ?? [];
  if (!finalizers.some((one) => ours.includes(one))) return [];
  const released = { ...editable(vmi), status };
  released.metadata.finalizers = finalizers.filter((one) => !ours.includes(one));
  return [{ kind: 'update', resource: VMIS, object: released }];
}
