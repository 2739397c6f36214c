import type { GuestObservation } from '../nodes/node-driver.js';
import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { waitsForConsumer } from './first-consumer.js';
import { guestDisk } from './guest-spec.js';
import { LAUNCHER_IMAGE } from './launcher-pod.js';
import { isFinalMigration, migrationsOf, targetPodOf } from './migration-state.js';
import { controlledBy, controllerOf } from './ownership.js';
import { type Change, CLAIMS, DATA_VOLUMES, PODS, type World } from './reconciliation.js';
import { stableSuffix } from './stable-names.js';
import { claimNames, hotplugVolumes } from './vm-data-volumes.js';

const LABEL = 'hotplug-disk';
const VOLUME = 'sandbox.virtgate.io/hotplug-volume';
const RETRY_MS = 2_000;

interface Plugging {
  phase: 'Pending' | 'Bound' | 'AttachedToNode' | 'MountedToPod' | 'Ready' | 'Detaching';
  reason: string;
  message: string;
  pod?: KubeObject;
  changes: Change[];
}

/**
 * virt-controller's and virt-handler's part for disks that come and go while a guest runs: a pod that
 * attaches the claim to the node, then the disk into the guest; the other way round to take it out.
 * Changes `status.volumeStatus`.
 */
export function driveHotplug(
  status: Untyped,
  vmi: KubeObject,
  launcher: KubeObject,
  guest: GuestObservation,
  world: World,
): { changes: Change[]; requeueAfterMs?: number } {
  const changes: Change[] = [];
  let waits = false;
  const take = (volume: Untyped, plugging: Plugging) => {
    changes.push(...plugging.changes);
    if (plugging.phase !== 'Ready') waits = true;
    put(status, volume, plugging);
  };
  const wanted = hotplugVolumes(vmi.spec.volumes);
  for (const volume of wanted) take(volume, plug(volume, vmi, launcher, guest, world));
  const names = new Set(wanted.map((volume) => volume.name));
  for (const name of guest.pluggedDisks ?? []) {
    if (!names.has(name)) take({ name }, unplug(name, vmi, launcher, world));
  }
  const plugged = new Set(guest.pluggedDisks);
  const targets = targetPodsOf(vmi, world);
  for (const pod of attachmentPods(vmi, world)) {
    const name = pod.metadata.annotations?.[VOLUME] ?? '';
    const used = names.has(name) || plugged.has(name);
    // A guest that moved has its disks attached where it is now, and one that is to move where it will be, too.
    const owner = controllerOf(pod, 'Pod')?.uid;
    const elsewhere = owner !== launcher.metadata.uid && !targets.has(owner);
    if (!used || elsewhere) changes.push(...deleteAttachment(pod));
  }
  return { changes, requeueAfterMs: waits ? RETRY_MS : undefined };
}

function plug(
  volume: Untyped,
  vmi: KubeObject,
  launcher: KubeObject,
  guest: GuestObservation,
  world: World,
): Plugging {
  const { namespace, uid } = vmi.metadata;
  const claimName = claimNames([volume]).get(volume.name) ?? '';
  const claim = world.get(CLAIMS, namespace, claimName);
  if (!claim) {
    return waiting('Pending', 'FailedPvcNotFound', `PVC ${namespace}/${claimName} does not exist`);
  }
  const filling = world.get(DATA_VOLUMES, namespace, claimName);
  const filled = !filling || filling.status?.phase === 'Succeeded';
  // The pod that attaches it is the first consumer of a claim that waits for one.
  const waits = waitsForConsumer(claim, world);
  if (!waits && (!filled || world.disk(claim.metadata.uid).state !== 'ready')) {
    return waiting('Pending', 'PVCNotReady', `PVC is in phase ${claim.status?.phase ?? 'Pending'}`);
  }
  const name = attachmentName(vmi, volume.name, launcher);
  const pod = world.get(PODS, namespace, name);
  if (!pod) {
    const made: Change = {
      kind: 'create',
      resource: PODS,
      object: attachmentPod(vmi, launcher, volume.name, claimName),
    };
    const told = happened(
      vmi,
      'SuccessfulCreate',
      `Created attachment pod ${name}, for volume ${volume.name}`,
    );
    return waiting('Bound', 'PVCNotReady', 'PVC is in phase Bound', undefined, [made, told]);
  }
  if (pod.status?.phase !== 'Running') {
    const message = `Created hotplug attachment pod ${name}, for volume ${volume.name}`;
    return waiting('AttachedToNode', 'SuccessfulCreate', message, pod);
  }
  if (guest.pluggedDisks?.includes(volume.name)) {
    const message = `Successfully attach hotplugged volume ${volume.name} to VM`;
    return waiting('Ready', 'VolumeReady', message, pod, announce(vmi, volume.name, message));
  }
  const failed = world.plugError(uid, volume.name);
  const disk = guestDisk(vmi, volume.name, world);
  if (!disk) return waiting('Pending', 'DiskNotFound', `No disk for volume ${volume.name}`, pod);
  const command: Change = { kind: 'guest', command: { do: 'plug', uid, disk } };
  const due = !failed || failed.retryAt <= world.now;
  return waiting(
    'MountedToPod',
    failed ? 'HotplugFailed' : 'VolumeMountedToPod',
    failed?.message ?? `Volume ${volume.name} has been mounted in virt-launcher pod`,
    pod,
    due ? [command] : [],
  );
}

function unplug(name: string, vmi: KubeObject, launcher: KubeObject, world: World): Plugging {
  const { uid } = vmi.metadata;
  const failed = world.plugError(uid, name);
  const due = !failed || failed.retryAt <= world.now;
  return waiting(
    'Detaching',
    failed ? 'HotplugFailed' : 'VolumeUnMountedFromPod',
    failed?.message ?? `Volume ${name} is being taken out of the VM`,
    world.get(PODS, vmi.metadata.namespace, attachmentName(vmi, name, launcher)),
    due ? [{ kind: 'guest', command: { do: 'unplug', uid, name } }] : [],
  );
}

function waiting(
  phase: Plugging['phase'],
  reason: string,
  message: string,
  pod?: KubeObject,
  changes: Change[] = [],
): Plugging {
  return { phase, reason, message, pod, changes };
}

function put(status: Untyped, volume: Untyped, { phase, reason, message, pod }: Plugging): void {
  const entries: Untyped[] = status.volumeStatus ?? [];
  const index = entries.findIndex((one) => one.name === volume.name);
  const entry = {
    ...(entries[index] ?? { name: volume.name, target: '' }),
    hotplugVolume: pod ? { attachPodName: pod.metadata.name, attachPodUID: pod.metadata.uid } : {},
    phase,
    reason,
    message,
  };
  if (phase !== 'Ready') entry.target = '';
  status.volumeStatus = index < 0 ? [...entries, entry] : entries.toSpliced(index, 1, entry);
}

function announce(vmi: KubeObject, name: string, message: string): Change[] {
  const before = vmi.status?.volumeStatus?.find((one: Untyped) => one.name === name);
  return before?.phase === 'Ready' ? [] : [happened(vmi, 'VolumeReady', message)];
}

function happened(vmi: KubeObject, reason: string, message: string): Change {
  return {
    kind: 'event',
    regarding: vmi,
    type: 'Normal',
    reason,
    message,
    component: 'virtualmachine-controller',
  };
}

/** Uids of the pods that migrations not yet over are to move it to. */
function targetPodsOf(vmi: KubeObject, world: World): Set<string | undefined> {
  const underway = migrationsOf(vmi, world).filter((migration) => !isFinalMigration(migration));
  return new Set(underway.flatMap((migration) => targetPodOf(migration, world)?.metadata.uid ?? []));
}

/** The pods that attach claims for a guest. */
export function attachmentPods(vmi: KubeObject, world: World): KubeObject[] {
  return world
    .list(PODS, vmi.metadata.namespace)
    .filter(
      ({ metadata }) =>
        metadata.labels?.['kubevirt.io'] === LABEL &&
        metadata.annotations?.['kubevirt.io/vmi'] === vmi.metadata.uid,
    );
}

/** The guest is gone: nothing is attached for it any more. */
export function dropAttachments(vmi: KubeObject, world: World): Change[] {
  return attachmentPods(vmi, world).flatMap(deleteAttachment);
}

function deleteAttachment({ metadata }: KubeObject): Change[] {
  if (metadata.deletionTimestamp) return [];
  const { namespace, name } = metadata;
  return [{ kind: 'delete', resource: PODS, namespace, name }];
}

export function isAttachmentPod(pod: KubeObject): boolean {
  return pod.metadata.labels?.['kubevirt.io'] === LABEL;
}

const attachmentName = (vmi: KubeObject, volume: string, launcher: KubeObject) =>
  `hp-volume-${stableSuffix(`${vmi.metadata.uid}/${volume}/${launcher.metadata.uid}`)}`;

/** The disks that the guest was given while it ran, attached for a pod that it is about to move to. */
export function attachFor(vmi: KubeObject, launcher: KubeObject, world: World): Change[] {
  const { namespace } = vmi.metadata;
  return hotplugVolumes(vmi.spec.volumes).flatMap((volume): Change[] => {
    const claimName = claimNames([volume]).get(volume.name) ?? '';
    const present = world.get(PODS, namespace, attachmentName(vmi, volume.name, launcher));
    if (present || !world.get(CLAIMS, namespace, claimName)) return [];
    return [{ kind: 'create', resource: PODS, object: attachmentPod(vmi, launcher, volume.name, claimName) }];
  });
}

export function isAttached(vmi: KubeObject, launcher: KubeObject, world: World): boolean {
  return hotplugVolumes(vmi.spec.volumes).every((volume) => {
    const pod = world.get(PODS, vmi.metadata.namespace, attachmentName(vmi, volume.name, launcher));
    const claim = claimNames([volume]).get(volume.name) ?? '';
    return pod?.status?.phase === 'Running' || !world.get(CLAIMS, vmi.metadata.namespace, claim);
  });
}

function attachmentPod(vmi: KubeObject, launcher: KubeObject, volume: string, claimName: string): NewObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: attachmentName(vmi, volume, launcher),
      generateName: 'hp-volume-',
      namespace: vmi.metadata.namespace,
      labels: { 'kubevirt.io': LABEL },
      annotations: { [VOLUME]: volume, 'kubevirt.io/vmi': vmi.metadata.uid },
      ownerReferences: [controlledBy(launcher)],
    },
    spec: {
      containers: [
        {
          name: LABEL,
          image: LAUNCHER_IMAGE,
          command: ['/usr/bin/container-disk'],
          resources: {
            limits: { cpu: '100m', memory: '80M' },
            requests: { cpu: '10m', memory: '2M' },
          },
        },
      ],
      nodeName: launcher.spec.nodeName,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      volumes: [{ name: volume, persistentVolumeClaim: { claimName } }],
    },
    status: { phase: 'Pending', qosClass: 'Burstable' },
  };
}
