import { type CreatedBy, formatCreatedBy } from '../../../kernel/created-by.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { ResolvedDisk } from './disk-body.js';
import { accessFields } from './import-access.js';
import { ANNOTATION, BIND_IMMEDIATELY, importAccessName, KEEP_DATA_VOLUME } from './names.js';
import { shownSource } from './shown-source.js';

/** For whom and under which operation a disk is made. */
export interface Provenance {
  namespace: string;
  operationId: string;
  requestId: string;
  requestedBy: CreatedBy;
}

/**
 * The DataVolume of a checked disk. Nothing of a request is copied through. `storage` rather than `pvc`, so that CDI
 * fills in modes from the StorageProfile and adds what a filesystem takes; bound at once, for no machine is known yet
 * that would be its first user.
 */
export function diskManifest(disk: ResolvedDisk, from: Provenance): KubeObject {
  const { displayName, storageClass, accessMode, volumeMode } = disk;
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: {
      name: disk.name,
      namespace: from.namespace,
      labels: { ...disk.labels },
      annotations: {
        [BIND_IMMEDIATELY]: 'true',
        [KEEP_DATA_VOLUME]: 'false',
        [ANNOTATION.source]: JSON.stringify(shownSource(disk.source)),
        [ANNOTATION.size]: disk.size,
        [ANNOTATION.operationId]: from.operationId,
        [ANNOTATION.requestId]: from.requestId,
        [ANNOTATION.createdBy]: formatCreatedBy(from.requestedBy),
        ...(displayName !== null && { [ANNOTATION.displayName]: displayName }),
      },
    },
    spec: {
      ...sourceOf(disk, from),
      ...(disk.preallocation && { preallocation: true }),
      storage: {
        resources: { requests: { storage: disk.size } },
        ...(storageClass !== null && { storageClassName: storageClass }),
        ...(accessMode !== null && { accessModes: [accessMode] }),
        ...(volumeMode !== null && { volumeMode }),
      },
    },
  };
}

function sourceOf({ from, access, name }: ResolvedDisk, { operationId }: Provenance): ResolvedDisk['from'] {
  if (access === null || !('source' in from)) return from;
  const more = accessFields(access, importAccessName(name, operationId));
  const source = Object.entries(from.source).map(([kind, said]) => [kind, { ...(said as object), ...more }]);
  return { source: Object.fromEntries(source) };
}
