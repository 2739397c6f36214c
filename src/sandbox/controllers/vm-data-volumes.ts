import type { KubeObject, Untyped } from '../store/kube-object.js';
import { controlledBy } from './ownership.js';
import {
  type Change,
  CLAIMS,
  DATA_VOLUMES,
  STORAGE_CLASSES,
  VOLUME_SNAPSHOT_CLASSES,
  type World,
} from './reconciliation.js';

const COMPONENT = 'virtualmachine-controller';

/** The DataVolumes that a machine's templates ask for and that are not there yet. */
export function missingDataVolumes(vm: KubeObject, world: World): Change[] {
  const changes: Change[] = [];
  for (const template of vm.spec.dataVolumeTemplates ?? []) {
    const name = template.metadata.name;
    if (world.get(DATA_VOLUMES, vm.metadata.namespace, name)) continue;
    changes.push(
      {
        kind: 'create',
        resource: DATA_VOLUMES,
        object: {
          apiVersion: 'cdi.kubevirt.io/v1beta1',
          kind: 'DataVolume',
          metadata: {
            name,
            namespace: vm.metadata.namespace,
            labels: { ...template.metadata.labels, 'kubevirt.io/created-by': vm.metadata.uid },
            annotations: { 'cdi.kubevirt.io/allowClaimAdoption': 'true', ...template.metadata.annotations },
            ownerReferences: [controlledBy(vm)],
          },
          spec: structuredClone(template.spec),
        },
      },
      {
        kind: 'event',
        regarding: vm,
        type: 'Normal',
        reason: 'SuccessfulDataVolumeCreate',
        message: `Created DataVolume ${name}`,
        component: COMPONENT,
      },
    );
  }
  return changes;
}

/** Whether a volume may come and go while its guest runs. */
export function isHotplug(volume: Untyped): boolean {
  return Boolean(volume.dataVolume?.hotpluggable ?? volume.persistentVolumeClaim?.hotpluggable);
}

export function hotplugVolumes(volumes: readonly Untyped[] | undefined): Untyped[] {
  return (volumes ?? []).filter(isHotplug);
}

/** The volumes that a guest cannot start without. */
export function bootVolumes(volumes: readonly Untyped[] | undefined): Untyped[] {
  return (volumes ?? []).filter((volume) => !isHotplug(volume));
}

/** The names of the claims that the volumes of a VM or VMI stand on, by volume name. */
export function claimNames(volumes: readonly Untyped[] | undefined): Map<string, string> {
  const names = new Map<string, string>();
  for (const volume of volumes ?? []) {
    const claim = volume.dataVolume?.name ?? volume.persistentVolumeClaim?.claimName;
    if (claim) names.set(volume.name, claim);
  }
  return names;
}

/** The DataVolumes among a machine's volumes, those of its templates included. */
export function dataVolumesOf(vm: KubeObject, world: World): KubeObject[] {
  const names = new Set([
    ...(vm.spec.dataVolumeTemplates ?? []).map((template: Untyped) => template.metadata.name),
    ...claimNames(vm.spec.template?.spec?.volumes).values(),
  ]);
  return [...names].flatMap((name) => world.get(DATA_VOLUMES, vm.metadata.namespace, name) ?? []);
}

/** Whether every DataVolume of the machine's templates is filled. */
export function templatesReady(vm: KubeObject, world: World): boolean {
  return (vm.spec.dataVolumeTemplates ?? []).every(
    (template: Untyped) =>
      world.get(DATA_VOLUMES, vm.metadata.namespace, template.metadata.name)?.status?.phase === 'Succeeded',
  );
}

/** Whether a volume is still to be made or filled. */
export function isProvisioning(vm: KubeObject, volumes: readonly KubeObject[]): boolean {
  const present = new Set(volumes.map((one) => one.metadata.name));
  const toBeMade = (vm.spec.dataVolumeTemplates ?? []).some(
    (template: Untyped) => !present.has(template.metadata.name),
  );
  const settled = ['Succeeded', 'Failed', 'Paused', 'WaitForFirstConsumer', 'PendingPopulation'];
  return toBeMade || volumes.some((one) => !settled.includes(one.status?.phase));
}

export function hasVolumeError(volumes: readonly KubeObject[]): boolean {
  return volumes.some((one) => {
    if (one.status?.phase === 'Failed' || one.status?.phase === 'Unknown') return true;
    const running = one.status?.conditions?.find((condition: Untyped) => condition.type === 'Running');
    return running?.status === 'False' && ['Error', 'ImagePullFailed'].includes(running.reason);
  });
}

/** Whether each volume can be snapshotted, with KubeVirt's reasons where not. */
export function volumeSnapshotStatuses(vm: KubeObject, world: World): Untyped[] {
  const claims = claimNames(vm.spec.template?.spec?.volumes);
  return (vm.spec.template?.spec?.volumes ?? []).map(({ name }: Untyped) => {
    const claimName = claims.get(name);
    if (!claimName) {
      return {
        enabled: false,
        name,
        reason: `Snapshot is not supported for this volumeSource type [${name}]`,
      };
    }
    const claim = world.get(CLAIMS, vm.metadata.namespace, claimName);
    if (!claim) return { enabled: false, name, reason: 'PVC not found' };
    const { storageClassName } = claim.spec;
    if (canSnapshot(storageClassName, world)) return { enabled: true, name };
    const reason = `No VolumeSnapshotClass: Volume snapshots are not configured for this StorageClass [${storageClassName ?? ''}] [${name}]`;
    return { enabled: false, name, reason };
  });
}

function canSnapshot(storageClass: string | undefined, world: World): boolean {
  const { provisioner } = (world.get(STORAGE_CLASSES, undefined, storageClass ?? '') ?? {}) as Untyped;
  return world.list(VOLUME_SNAPSHOT_CLASSES).some(({ driver }: Untyped) => driver === provisioner);
}
