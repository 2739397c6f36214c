import type { KubeObject, NewObject, Untyped } from '../store/kube-object.js';
import { requestFor } from './claim-size.js';
import { CLONE_REQUEST, type Origin, SNAPSHOT_REQUEST } from './data-volume-source.js';
import { controlledBy } from './ownership.js';
import { IMPORT_SOURCE } from './persistent-volume-claim.js';
import { quantityBytes } from './quantity.js';
import { STORAGE_CLASSES, STORAGE_PROFILES, type World } from './reconciliation.js';
import { UPLOAD_TARGET } from './upload-target.js';

const PREFIX = 'cdi.kubevirt.io/storage.';

/** The size that a DataVolume asks for, in bytes; undefined where it says none. */
export function requestedBytes(volume: { spec?: Untyped }): bigint | undefined {
  const { storage, pvc } = volume.spec ?? {};
  return quantityBytes((storage ?? pvc)?.resources?.requests?.storage);
}

/** The claim that CDI makes for a DataVolume, its access mode and volume mode filled in from the StorageProfile. */
export function claimFor(volume: KubeObject, origin: Origin, size: bigint, world: World): NewObject {
  const { storage, pvc } = volume.spec;
  const wanted = storage ?? pvc ?? {};
  const storageClassName = wanted.storageClassName ?? defaultClass(world);
  const properties = claimProperties(wanted, storageClassName, world);
  const request = String(requestFor(size, { ...properties, storageClassName }, world));
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: volume.metadata.name,
      namespace: volume.metadata.namespace,
      labels: {
        app: 'containerized-data-importer',
        'app.kubernetes.io/component': 'storage',
        'app.kubernetes.io/managed-by': 'cdi-controller',
        ...volume.metadata.labels,
      },
      annotations: {
        ...volume.metadata.annotations,
        ...sourceAnnotations(volume.metadata.name, origin),
        [`${PREFIX}contentType`]: 'kubevirt',
        [`${PREFIX}preallocation.requested`]: String(Boolean(volume.spec.preallocation)),
        [`${PREFIX}usePopulator`]: 'false',
      },
      ownerReferences: [controlledBy(volume)],
    },
    spec: {
      ...properties,
      resources: { requests: { storage: pvc?.resources?.requests?.storage ?? request } },
      ...(storageClassName ? { storageClassName } : {}),
      ...(wanted.selector ? { selector: wanted.selector } : {}),
    },
  };
}

function sourceAnnotations(name: string, origin: Origin): Record<string, string> {
  switch (origin.kind) {
    case 'http':
    case 'registry': {
      const spec = origin.kind === 'http' ? origin.http : origin.registry;
      return {
        [IMPORT_SOURCE]: origin.kind,
        [`${PREFIX}import.endpoint`]: spec.url,
        [`${PREFIX}import.importPodName`]: `importer-${name}`,
        ...(spec.secretRef ? { [`${PREFIX}import.secretName`]: spec.secretRef } : {}),
        ...(spec.certConfigMap ? { [`${PREFIX}import.certConfigMap`]: spec.certConfigMap } : {}),
      };
    }
    case 'upload':
      return { [UPLOAD_TARGET]: '' };
    case 'pvc':
      return { [CLONE_REQUEST]: `${origin.namespace}/${origin.name}` };
    case 'snapshot':
      return { [SNAPSHOT_REQUEST]: `${origin.namespace}/${origin.name}` };
    case 'blank':
      return { [IMPORT_SOURCE]: 'none' };
  }
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
  const sets: Untyped[] =
    world.get(STORAGE_PROFILES, undefined, storageClass ?? '')?.status?.claimPropertySets ?? [];
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
