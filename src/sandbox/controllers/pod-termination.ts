import type { KubeObject } from '../store/kube-object.js';
import { isAttachmentPod } from './hotplug.js';
import { currentPodName } from './migration-state.js';
import { controllerOf } from './ownership.js';
import { type Change, PODS, type Reconciliation, VMIS, type World } from './reconciliation.js';
import { DEFAULT_GRACE_SECONDS } from './vmi-defaults.js';
import { guestEvent, isActive } from './vmi-guest.js';

const LOOK_AGAIN_MS = 5_000;

/** A pod that is to end: its guest's power button, the plug when the grace is over, and then it is gone. */
export function terminatePod(pod: KubeObject, world: World): Reconciliation {
  const { namespace, name, uid } = pod.metadata;
  const gone: Change = {
    kind: 'delete',
    resource: PODS,
    namespace,
    name,
    options: { gracePeriodSeconds: 0, preconditions: { uid } },
  };
  const vmi = instanceIn(pod, world);
  if (!vmi || !isActive(world.guest(vmi.metadata.uid))) return { changes: [gone] };
  const leftMs = Date.parse(pod.metadata.deletionTimestamp ?? '') - world.now.getTime();
  if (leftMs <= 0) {
    return {
      changes: [{ kind: 'guest', command: { do: 'kill', uid: vmi.metadata.uid } }],
      requeueAfterMs: LOOK_AGAIN_MS,
    };
  }
  // Whoever deleted the instance has told the guest already.
  if (vmi.metadata.deletionTimestamp || world.shutdownSignalled(vmi.metadata.uid) !== undefined) {
    return { changes: [], requeueAfterMs: leftMs };
  }
  const grace: number = vmi.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  const gracePeriodSeconds = Math.max(1, Math.min(grace, Math.ceil(leftMs / 1000)));
  return {
    changes: [
      guestEvent(vmi, 'Normal', 'ShuttingDown', 'Signaled Graceful Shutdown'),
      { kind: 'guest', command: { do: 'shutdown', uid: vmi.metadata.uid, gracePeriodSeconds } },
    ],
    requeueAfterMs: leftMs,
  };
}

/** The instance whose guest lives in this pod now: not in the target of a migration, nor in the pod it has left. */
function instanceIn(pod: KubeObject, world: World): KubeObject | undefined {
  if (isAttachmentPod(pod)) return undefined;
  const owner = controllerOf(pod, 'VirtualMachineInstance');
  const vmi = owner && world.get(VMIS, pod.metadata.namespace, owner.name);
  if (!vmi || vmi.metadata.uid !== owner?.uid) return undefined;
  return currentPodName(vmi) === pod.metadata.name ? vmi : undefined;
}
