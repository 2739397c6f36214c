import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { controlledBy } from './ownership.js';
import { IMPORT_SOURCE } from './persistent-volume-claim.js';
import { quantityBytes } from './quantity.js';
import { STORAGE_CLASSES, type World } from './reconciliation.js';

const PROFILES = 'storageprofiles.cdi.kubevirt.io';
const PREFIX = 'cdi.kubevirt.io/storage.';

/** The size that a DataVolume asks for, in bytes; undefined where it says none. */
export function requestedBytes(volume: { spec?: Untyped }): bigint | undefined {
  const { storage, pvc } = volume.spec ?? {};
  return quantityBytes((storage ?? pvc)?.resources?.requests?.storage);
}

/** The claim that CDI makes for a DataVolume, its access mode and volume mode filled in from the StorageProfile. */
export function claimFor(volume: KubeObject, world: World): NewObject {
  const { storage, pvc } = volume.spec;
  const wanted = storage ?? pvc ?? {};
  const storageClassName = wanted.storageClassName ?? defaultClass(world);
  const properties = claimProperties(wanted, storageClassName, world);
  const size = requestedBytes(volume) ?? 0n;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: volume.metadata.name,
      namespace: volume.metadata.namespace,
      labels: {
        ...volume.metadata.labels,
        app: 'containerized-data-importer',
        'app.kubernetes.io/component': 'storage',
        'app.kubernetes.io/managed-by': 'cdi-controller',
      },
      annotations: {
        ...volume.metadata.annotations,
        ...sourceAnnotations(volume.metadata.name, volume.spec.source ?? {}),
        [`${PREFIX}contentType`]: 'kubevirt',
        [`${PREFIX}preallocation.requested`]: 'false',
        [`${PREFIX}usePopulator`]: 'false',
      },
      ownerReferences: [controlledBy(volume)],
    },
    spec: {
      ...properties,
      resources: { requests: { storage: pvc ? wanted.resources.requests.storage : String(size) } },
      ...(storageClassName ? { storageClassName } : {}),
      ...(wanted.selector ? { selector: wanted.selector } : {}),
    },
  };
}

function sourceAnnotations(name: string, source: Untyped): Record<string, string> {
  if (source.http) {
    return {
      [IMPORT_SOURCE]: 'http',
      [`${PREFIX}import.endpoint`]: source.http.url,
      [`${PREFIX}import.importPodName`]: `importer-${name}`,
      ...(source.http.secretRef ? { [`${PREFIX}import.secretName`]: source.http.secretRef } : {}),
    };
  }
  return { [IMPORT_SOURCE]: 'none' };
}

function defaultClass(world: World): string | undefined {
  const classes = world.list(STORAGE_CLASSES);
  const marked = (annotation: string) =>
    classes.find((one) => one.metadata.annotations?.[annotation] === 'true');
  return (
    marked('storageclass.kubevirt.io/is-default-virt-class') ??
    marked('storageclass.kubernetes.io/is-default-class')
  )?.metadata.name;
}

function claimProperties(wanted: Untyped, storageClass: string | undefined, world: World): Untyped {
  const sets: Untyped[] = world.get(PROFILES, undefined, storageClass ?? '')?.status?.claimPropertySets ?? [];
  const fitting = sets.find(
    (set) =>
      (!wanted.volumeMode || set.volumeMode === wanted.volumeMode) &&
      (!wanted.accessModes?.length ||
        wanted.accessModes.every((mode: string) => set.accessModes.includes(mode))),
  );
  return {
    accessModes: wanted.accessModes?.length
      ? wanted.accessModes
      : (fitting?.accessModes ?? ['ReadWriteOnce']),
    volumeMode:
      wanted.volumeMode ??
      (wanted.accessModes?.length && !fitting ? 'Filesystem' : fitting?.volumeMode) ??
      'Filesystem',
  };
}
