import { createHash } from 'node:crypto';
import type { KubeObject, Untyped } from '../store/kube-object.js';
import { type Condition, isConditionTrue, timestamp, withCondition } from './conditions.js';
import { isAttachmentPod } from './hotplug.js';
import { currentPodName, isFinalMigration, MIGRATION_JOB_LABEL } from './migration-state.js';
import { isOutOfReach, podsOn } from './node-state.js';
import { controllerOf, keyOf } from './ownership.js';
import { driveProbes, forgetProbes, isComputeReady } from './pod-probes.js';
import { terminatePod } from './pod-termination.js';
import {
  type Change,
  type Controller,
  MIGRATIONS,
  NODES,
  PODS,
  type Reconciliation,
  statusChange,
  VMIS,
  type World,
} from './reconciliation.js';
import { stableNumber } from './stable-names.js';

/** The kubelet's part for virt-launcher pods: they run as soon as they have a node, and end with the guest. */
export const kubeletController: Controller = {
  name: 'kubelet',
  resource: PODS,
  reconcile: runPod,
  watches: {
    [VMIS]: (vmi, world) =>
      world
        .list(PODS, vmi.metadata.namespace)
        .filter((pod) => pod.metadata.labels?.['kubevirt.io/created-by'] === vmi.metadata.uid)
        .map((pod) => `${pod.metadata.namespace}/${pod.metadata.name}`),
    [NODES]: (node, world) => podsOn(node, world).map(keyOf),
  },
};

export function runPod(pod: KubeObject, world: World): Reconciliation {
  if (isOutOfReach(pod, world)) return { changes: [] };
  if (pod.metadata.deletionTimestamp && pod.spec.nodeName) {
    const ending = terminatePod(pod, world);
    return { ...ending, changes: [...forgetProbes(pod, world), ...ending.changes] };
  }
  if (isAttachmentPod(pod) && !pod.metadata.deletionTimestamp) {
    return { changes: statusChange(PODS, pod, runningStatus(pod, ATTACHMENT, world)) };
  }
  const launcher = pod.metadata.labels?.['kubevirt.io'] === 'virt-launcher';
  if (!launcher || !pod.spec.nodeName || pod.metadata.deletionTimestamp) return { changes: [] };
  const phase = pod.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed') return { changes: forgetProbes(pod, world) };
  const owner = controllerOf(pod, 'VirtualMachineInstance');
  const vmi = owner && world.get(VMIS, pod.metadata.namespace, owner.name);
  const end = vmi && vmi.metadata.uid === owner?.uid ? endOf(pod, vmi, world) : 'Failed';
  const image = unpullableImage(vmi);
  let status: Untyped;
  const changes: Change[] = [];
  if (end === 'Succeeded' || end === 'Failed') status = endedStatus(pod, end, world.now);
  else if (image) status = imageStatus(pod, image, world);
  else {
    const paused = isConditionTrue(vmi, 'Paused');
    status = runningStatus(pod, { paused, ready: isComputeReady(pod, vmi, world) }, world);
    if (vmi) changes.push(...driveProbes(pod, vmi, world));
  }
  return { changes: [...statusChange(PODS, pod, status), ...changes] };
}

/** What the readiness of a pod that runs depends on. */
interface PodHealth {
  paused: boolean;
  /** Its compute container is. */
  ready: boolean;
}

const ATTACHMENT: PodHealth = { paused: false, ready: true };

/** How the guest's life ends for this pod: with the instance, or because the guest moved on or never came. */
function endOf(pod: KubeObject, vmi: KubeObject, world: World): string | undefined {
  const phase = vmi.status?.phase;
  const here = pod.metadata.name === currentPodName(vmi);
  if (here || phase === 'Succeeded' || phase === 'Failed') return phase;
  const job = pod.metadata.labels?.[MIGRATION_JOB_LABEL];
  const state = vmi.status?.migrationState;
  if (state?.migrationUid === job && state?.failed) return 'Failed';
  if (state?.completed && !state.failed && state.sourcePod === pod.metadata.name) return 'Succeeded';
  const migration = world.list(MIGRATIONS, pod.metadata.namespace).find((one) => one.metadata.uid === job);
  if (migration && !isFinalMigration(migration)) return phase;
  return job === undefined || migration?.status?.phase === 'Succeeded' ? 'Succeeded' : 'Failed';
}

/** The sandbox pulls no container images: a disk out of one cannot be had. */
function unpullableImage(vmi: KubeObject | undefined): string | undefined {
  return (vmi?.spec.volumes ?? []).find((volume: Untyped) => volume.containerDisk)?.containerDisk.image;
}

function base(pod: KubeObject, world: World): Untyped {
  const node = world.get(NODES, undefined, pod.spec.nodeName);
  const podIP = pod.status?.podIP ?? freePodAddress(pod, world);
  return {
    ...pod.status,
    hostIP: node?.status?.addresses?.find((one: Untyped) => one.type === 'InternalIP')?.address,
    podIP,
    podIPs: [{ ip: podIP }],
    qosClass: pod.status?.qosClass ?? 'Burstable',
    startTime: pod.status?.startTime ?? timestamp(world.now),
  };
}

/** An address out of 10.244.0.0/16 that no other pod has; the same again for the same pod when it is free. */
function freePodAddress(pod: KubeObject, world: World): string {
  const taken = new Set(world.list(PODS).map((one) => one.status?.podIP));
  const size = 254 * 254;
  const first = stableNumber(pod.metadata.uid, size);
  for (let step = 0; step < size; step += 1) {
    const index = (first + step) % size;
    const address = `10.244.${1 + Math.floor(index / 254)}.${1 + (index % 254)}`;
    if (!taken.has(address)) return address;
  }
  return '10.244.0.1';
}

function runningStatus(pod: KubeObject, health: PodHealth, world: World): Untyped {
  const { paused } = health;
  const { now } = world;
  const startedAt = timestamp(now);
  const present: Untyped[] = pod.status?.containerStatuses ?? [];
  const unpaused: Condition = paused
    ? {
        type: 'kubevirt.io/virtual-machine-unpaused',
        status: 'False',
        reason: 'Paused',
        message: 'the virtual machine is paused',
        lastProbeTime: startedAt,
      }
    : {
        type: 'kubevirt.io/virtual-machine-unpaused',
        status: 'True',
        reason: 'NotPaused',
        message: 'the virtual machine is not paused',
        lastProbeTime: startedAt,
      };
  let conditions: Condition[] = pod.status?.conditions ?? [];
  const initialized: Condition = { type: 'Initialized', status: 'True' };
  for (const condition of [unpaused, initialized, ...readiness(health)]) {
    conditions = withCondition(conditions, condition, now);
  }
  return {
    ...base(pod, world),
    phase: 'Running',
    conditions,
    containerStatuses: pod.spec.containers.map((container: Untyped) => ({
      ...identity(pod, container),
      ready: container.name !== 'compute' || health.ready,
      started: true,
      state: present.find((one) => one.name === container.name && one.state?.running)?.state ?? {
        running: { startedAt },
      },
    })),
  };
}

/** @see Kubernetes pkg/kubelet/status/generate.go */
function readiness({ paused, ready }: PodHealth): Condition[] {
  if (!ready) {
    const why = {
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [compute]',
    };
    return [
      { type: 'ContainersReady', status: 'False', ...why },
      { type: 'Ready', status: 'False', ...why },
    ];
  }
  const gate = 'kubevirt.io/virtual-machine-unpaused';
  return [
    { type: 'ContainersReady', status: 'True' },
    paused
      ? {
          type: 'Ready',
          status: 'False',
          reason: 'ReadinessGatesNotReady',
          message: `corresponding condition of pod readiness gate "${gate}" is not "True", but "False"`,
        }
      : { type: 'Ready', status: 'True' },
  ];
}

function identity(pod: KubeObject, container: Untyped): Untyped {
  const id = createHash('sha256').update(`${pod.metadata.uid}/${container.name}`).digest('hex');
  return {
    containerID: `sandbox://${id}`,
    image: container.image,
    imageID: container.image,
    lastState: {},
    name: container.name,
    restartCount: 0,
  };
}

function imageStatus(pod: KubeObject, image: string, world: World): Untyped {
  const message = `failed to pull image "${image}": the sandbox has no container runtime; import the image as a DataVolume instead`;
  return {
    ...base(pod, world),
    phase: 'Pending',
    containerStatuses: pod.spec.containers.map((container: Untyped) => ({
      ...identity(pod, container),
      ready: false,
      started: false,
      state: { waiting: { reason: 'ErrImagePull', message } },
    })),
  };
}

function endedStatus(pod: KubeObject, phase: 'Succeeded' | 'Failed', now: Date): Untyped {
  const finishedAt = timestamp(now);
  let conditions: Condition[] = pod.status?.conditions ?? [];
  for (const type of ['Ready', 'ContainersReady']) {
    const reason = phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed';
    conditions = withCondition(conditions, { type, status: 'False', reason }, now);
  }
  return {
    ...pod.status,
    phase,
    conditions,
    containerStatuses: (pod.status?.containerStatuses ?? []).map((one: Untyped) => ({
      ...one,
      ready: false,
      started: false,
      state: {
        terminated: {
          exitCode: phase === 'Succeeded' ? 0 : 1,
          reason: phase === 'Succeeded' ? 'Completed' : 'Error',
          startedAt: one.state?.running?.startedAt ?? finishedAt,
          finishedAt,
        },
      },
    })),
  };
}
