import type { KubeObject, Untyped } from '../store/kube-object.js';
import { PROBES, probeSettings } from './guest-probes.js';
import { currentPodName } from './migration-state.js';
import type { Change, World } from './reconciliation.js';
import { DEFAULT_GRACE_SECONDS } from './vmi-defaults.js';
import { isActive } from './vmi-guest.js';

const COMPUTE = 'compute';

/** Whether the container that holds the guest is ready, as far as its probe tells. */
export function isComputeReady(pod: KubeObject, vmi: KubeObject | undefined, world: World): boolean {
  if (!vmi?.spec.readinessProbe) return true;
  return world.probes(pod.metadata.uid)?.ready ?? wasReady(pod);
}

const wasReady = (pod: KubeObject): boolean =>
  computeOf(pod)?.ready === true && computeOf(pod)?.state?.running !== undefined;

const computeOf = (pod: KubeObject): Untyped =>
  pod.status?.containerStatuses?.find((one: Untyped) => one.name === COMPUTE);

/** Has the guest in this pod asked how it is for as long as it runs here, and ends it when it is found dead. */
export function driveProbes(pod: KubeObject, vmi: KubeObject, world: World): Change[] {
  const { uid } = pod.metadata;
  const verdict = world.probes(uid);
  if (!isProbed(pod, vmi, world)) return forgetProbes(pod, world);
  if (verdict) return verdict.alive ? [] : endDead(pod, vmi, world);
  const startedAt = computeOf(pod)?.state?.running?.startedAt;
  if (!pod.status?.podIP || !startedAt) return [];
  const probes = PROBES.flatMap((kind) => {
    const settings = probeSettings(vmi.spec, kind);
    return settings ? [[kind, settings]] : [];
  });
  return [
    {
      kind: 'probe',
      command: {
        do: 'watch',
        pod: {
          uid,
          key: `${pod.metadata.namespace}/${pod.metadata.name}`,
          guestUid: vmi.metadata.uid,
          address: pod.status.podIP,
          startedAt: new Date(startedAt),
          wasReady: wasReady(pod),
          probes: Object.fromEntries(probes),
        },
      },
    },
  ];
}

/** For a pod that ends, or that its guest has left. */
export function forgetProbes(pod: KubeObject, world: World): Change[] {
  const { uid } = pod.metadata;
  return world.probes(uid) ? [{ kind: 'probe', command: { do: 'forget', podUid: uid } }] : [];
}

/** A guest that was told to end is not asked any more. */
function isProbed(pod: KubeObject, vmi: KubeObject, world: World): boolean {
  const { readinessProbe, livenessProbe } = vmi.spec;
  if (!readinessProbe && !livenessProbe) return false;
  const ends = pod.metadata.deletionTimestamp ?? vmi.metadata.deletionTimestamp;
  if (ends || vmi.status?.phase !== 'Running' || !isActive(world.guest(vmi.metadata.uid))) return false;
  return currentPodName(vmi) === pod.metadata.name;
}

/**
 * The kubelet ends the container, and virt-launcher passes that on to the guest: its power button, and the plug after its
 * grace period. So a guest that still hears the button ends well (Succeeded), and only one that does not ends Failed.
 */
function endDead(pod: KubeObject, vmi: KubeObject, world: World): Change[] {
  const { uid } = vmi.metadata;
  if (world.shutdownSignalled(uid) !== undefined) return [];
  return [
    {
      kind: 'event',
      regarding: pod,
      type: 'Normal',
      reason: 'Killing',
      message: `Container ${COMPUTE} failed liveness probe`,
      component: 'kubelet',
    },
    {
      kind: 'guest',
      command: {
        do: 'shutdown',
        uid,
        gracePeriodSeconds: vmi.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS,
      },
    },
  ];
}
