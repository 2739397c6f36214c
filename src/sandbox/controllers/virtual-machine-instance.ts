import type { KubeObject, Untyped } from '../store/kube-object.js';
import { liveKeySecrets } from './access-credentials.js';
import { missingStateClaim, STATE_LABEL } from './backend-storage.js';
import { findCondition } from './conditions.js';
import { dropAttachments, isAttachmentPod } from './hotplug.js';
import { launcherPod } from './launcher-pod.js';
import { currentPodName } from './migration-state.js';
import { isOutOfReach, podsOn } from './node-state.js';
import { controllerOf, keyOf, ownerKey } from './ownership.js';
import {
  type Change,
  CLAIMS,
  type Controller,
  DATA_VOLUMES,
  editable,
  NETWORK_DEFINITIONS,
  NODES,
  PODS,
  type Reconciliation,
  sameValue,
  statusChange,
  VMIS,
  type World,
} from './reconciliation.js';
import { missingDefinition } from './secondary-networks.js';
import { bootVolumes, claimNames } from './vm-data-volumes.js';
import { endInstance } from './vmi-end.js';
import { API_VERSION_ANNOTATIONS, VM_FINALIZER, VMI_FOREGROUND_FINALIZER } from './vmi-from-vm.js';
import { driveGuest, guestEvent, isActive } from './vmi-guest.js';
import {
  dropCondition,
  initialStatus,
  reportPod,
  setCondition,
  setReady,
  volumeStatus,
  withPhase,
} from './vmi-status.js';

const COMPONENT = 'virtualmachine-controller';

/** virt-controller's and virt-handler's part for VirtualMachineInstance: its pod, its guest, its status. */
export const virtualMachineInstanceController: Controller = {
  name: 'virtualmachineinstance',
  resource: VMIS,
  reconcile: reconcileVirtualMachineInstance,
  onRefused: podRefused,
  watches: {
    [PODS]: (pod, world) =>
      isAttachmentPod(pod) ? instancesOfAttachment(pod, world) : ownerKey('VirtualMachineInstance')(pod),
    secrets: ({ metadata: { namespace, name } }, world) =>
      world
        .list(VMIS, namespace)
        .filter(
          (vmi) =>
            findCondition(vmi, 'Synchronized')?.reason === 'FailedSecretNotFound' ||
            liveKeySecrets(vmi).includes(name),
        )
        .map((vmi) => `${namespace}/${vmi.metadata.name}`),
    // Room in a quota lets in what was refused.
    resourcequotas: ({ metadata: { namespace } }, world) =>
      world
        .list(VMIS, namespace)
        .filter((vmi) => findCondition(vmi, 'Synchronized')?.reason === 'FailedCreate')
        .map((vmi) => `${namespace}/${vmi.metadata.name}`),
    [NODES]: (node, world) => podsOn(node, world).flatMap((pod) => ownerKey('VirtualMachineInstance')(pod)),
    // What a pod, or a card, waits for.
    [NETWORK_DEFINITIONS]: (_definition, world) =>
      world
        .list(VMIS)
        .filter((vmi) => (vmi.spec.networks ?? []).some(({ multus }: Untyped) => multus))
        .map(keyOf),
    [DATA_VOLUMES]: (volume, world) => instancesUsing(volume.metadata.namespace, volume.metadata.name, world),
    [CLAIMS]: (claim, world) => [
      ...instancesUsing(claim.metadata.namespace, claim.metadata.name, world),
      ...instanceKeptOn(claim),
    ],
  },
};

function instancesOfAttachment(pod: KubeObject, world: World): string[] {
  const uid = pod.metadata.annotations?.['kubevirt.io/vmi'];
  return world
    .list(VMIS, pod.metadata.namespace)
    .filter((vmi) => vmi.metadata.uid === uid)
    .map(keyOf);
}

function instanceKeptOn({ metadata: { namespace, labels } }: KubeObject): string[] {
  const name = labels?.[STATE_LABEL];
  return name ? [`${namespace}/${name}`] : [];
}

function instancesUsing(namespace: string | undefined, claimName: string, world: World): string[] {
  return world
    .list(VMIS, namespace)
    .filter((vmi) => [...claimNames(vmi.spec.volumes).values()].includes(claimName))
    .map((vmi) => `${namespace}/${vmi.metadata.name}`);
}

export function reconcileVirtualMachineInstance(vmi: KubeObject, world: World): Reconciliation {
  const pod = ownPod(vmi, world);
  if (vmi.metadata.deletionTimestamp) return endInstance(vmi, pod, world);
  const prepared = prepare(vmi, pod);
  const phase = vmi.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed') return finished(vmi, world);
  const changes: Change[] = prepared ? [prepared] : [];
  let status: Untyped = phase ? structuredClone(vmi.status) : initialStatus(vmi, world.now);
  let requeueAfterMs: number | undefined;
  if (!pod && ['Scheduled', 'Running'].includes(status.phase)) {
    // The pod is the guest's life: whoever deletes it ends the guest.
    if (isActive(world.guest(vmi.metadata.uid))) {
      // Only when it is dead for certain may another one use its disks.
      changes.push(kill(vmi), guestEvent(vmi, 'Warning', 'Stopped', POD_GONE));
      requeueAfterMs = KILL_AGAIN_MS;
    } else status = withPhase(status, 'Failed', world.now);
  } else if (!pod) {
    const waiting = whatIsMissing(vmi, world);
    reportWaiting(status, vmi, waiting, world);
    const stateClaim = missingStateClaim(vmi, world);
    if (!waiting && stateClaim) changes.push({ kind: 'create', resource: CLAIMS, object: stateClaim });
    else if (!waiting) changes.push(...createPod(vmi));
  } else {
    reportPod(status, pod);
    status = followPod(status, vmi, pod, world);
    if ((status.phase === 'Scheduled' || status.phase === 'Running') && !isOutOfReach(pod, world)) {
      const driven = driveGuest(status, vmi, pod, world);
      changes.push(...driven.changes);
      status = driven.status;
      requeueAfterMs = driven.requeueAfterMs;
    }
  }
  setReady(status, vmi, pod, world.now);
  changes.push(...statusChange(VMIS, vmi, status));
  return { changes, requeueAfterMs };
}

const KILL_AGAIN_MS = 5_000;
const POD_GONE = 'The VirtualMachineInstance was ended since its virt-launcher pod is gone.';

function ownPod(vmi: KubeObject, world: World): KubeObject | undefined {
  const pod = world.get(PODS, vmi.metadata.namespace, currentPodName(vmi));
  return pod && controllerOf(pod, 'VirtualMachineInstance')?.uid === vmi.metadata.uid ? pod : undefined;
}

function prepare(vmi: KubeObject, pod: KubeObject | undefined): Change | undefined {
  const wanted = editable(vmi);
  const { metadata } = wanted;
  metadata.finalizers = [
    ...new Set([...(metadata.finalizers ?? []), VM_FINALIZER, VMI_FOREGROUND_FINALIZER]),
  ];
  metadata.annotations = { ...metadata.annotations, ...API_VERSION_ANNOTATIONS };
  const node = pod?.status?.phase === 'Running' ? pod.spec.nodeName : undefined;
  if (node) metadata.labels = { ...metadata.labels, 'kubevirt.io/nodeName': node };
  return sameValue(metadata, vmi.metadata) ? undefined : { kind: 'update', resource: VMIS, object: wanted };
}

function finished(vmi: KubeObject, world: World): Reconciliation {
  const { uid } = vmi.metadata;
  const changes = dropAttachments(vmi, world);
  if (world.guest(uid)) changes.push({ kind: 'guest', command: { do: 'remove', uid } });
  return { changes };
}

function kill(vmi: KubeObject): Change {
  return { kind: 'guest', command: { do: 'kill', uid: vmi.metadata.uid } };
}

interface Waiting {
  reason: string;
  message: string;
  volumes: boolean;
}

/** What has to be there before a pod makes sense. */
function whatIsMissing(vmi: KubeObject, world: World): Waiting | undefined {
  const volumes = bootVolumes(vmi.spec.volumes);
  for (const volume of volumes) {
    if (!volume.dataVolume) continue;
    const name = volume.dataVolume.name;
    const phase = world.get(DATA_VOLUMES, vmi.metadata.namespace, name)?.status?.phase;
    const filled = world.get(CLAIMS, vmi.metadata.namespace, name) && phase === undefined;
    if (phase !== 'Succeeded' && !filled) {
      return { reason: 'NotAllDVsReady', message: "Not all of the VMI's DVs are ready", volumes: true };
    }
  }
  for (const claimName of claimNames(volumes).values()) {
    const claim = world.get(CLAIMS, vmi.metadata.namespace, claimName);
    if (!claim) {
      return {
        reason: 'FailedPvcNotFound',
        message: `PVC ${vmi.metadata.namespace}/${claimName} does not exist, waiting for it to appear`,
        volumes: false,
      };
    }
    if (world.disk(claim.metadata.uid).state !== 'ready') {
      return { reason: 'NotAllDVsReady', message: `PVC ${claimName} is not filled yet`, volumes: true };
    }
  }
  const network = missingDefinition(vmi, world);
  if (network) {
    return {
      reason: 'FailedCreate',
      message: `failed to render launch manifest: Failed to locate network attachment definition ${network}`,
      volumes: false,
    };
  }
  return undefined;
}

function reportWaiting(status: Untyped, vmi: KubeObject, waiting: Waiting | undefined, world: World): void {
  const { now } = world;
  dropCondition(status, 'Synchronized');
  if (waiting && !waiting.volumes) {
    const { reason, message } = waiting;
    setCondition(status, { type: 'Synchronized', status: 'False', reason, message }, now);
    return;
  }
  if (!waiting && !(vmi.spec.volumes ?? []).some((volume: Untyped) => volume.dataVolume)) return;
  setCondition(
    status,
    waiting
      ? { type: 'DataVolumesReady', status: 'False', reason: waiting.reason, message: waiting.message }
      : {
          type: 'DataVolumesReady',
          status: 'True',
          reason: 'AllDVsReady',
          message: "All of the VMI's DVs are bound and not running",
        },
    now,
  );
}

function createPod(vmi: KubeObject): Change[] {
  const pod = launcherPod(vmi);
  return [
    { kind: 'create', resource: PODS, object: pod },
    {
      kind: 'event',
      regarding: vmi,
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message: `Created virtual machine pod ${pod.metadata.name}`,
      component: COMPONENT,
    },
  ];
}

/** The pod may not be made: what virt-controller then says on the instance. */
export function podRefused(vmi: KubeObject, refusal: string, world: World): Change[] {
  const message = `failed to create virtual machine pod: ${refusal}`;
  const status = vmi.status?.phase ? structuredClone(vmi.status) : initialStatus(vmi, world.now);
  setCondition(status, { type: 'Synchronized', status: 'False', reason: 'FailedCreate', message }, world.now);
  const said = statusChange(VMIS, vmi, status);
  if (said.length === 0) return [];
  return [
    ...said,
    {
      kind: 'event',
      regarding: vmi,
      type: 'Warning',
      reason: 'FailedCreate',
      message: `Error creating pod: ${refusal}`,
      component: COMPONENT,
    },
  ];
}

/** Pending -> Scheduling -> Scheduled, as the pod gets on. */
function followPod(status: Untyped, vmi: KubeObject, pod: KubeObject, world: World): Untyped {
  const { now } = world;
  const scheduled = findCondition(pod, 'PodScheduled');
  if (scheduled?.status === 'False') setCondition(status, scheduled, now);
  else dropCondition(status, 'PodScheduled');
  const waiting = pod.status?.containerStatuses?.find((one: Untyped) => one.state?.waiting)?.state.waiting;
  if (waiting) {
    const { reason, message } = waiting;
    setCondition(status, { type: 'Synchronized', status: 'False', reason, message }, now);
  } else if (findCondition({ status }, 'Synchronized')?.reason?.endsWith('ImagePull')) {
    dropCondition(status, 'Synchronized');
  }
  if (status.phase === 'Running' || status.phase === 'Scheduled') return status;
  if (pod.status?.phase !== 'Running') return withPhase(status, 'Scheduling', now);
  const next = withPhase(withPhase(status, 'Scheduling', now), 'Scheduled', now);
  next.nodeName = pod.spec.nodeName;
  next.migrationTransport = 'Unix';
  next.volumeStatus = volumeStatus(vmi, world, false);
  return next;
}
