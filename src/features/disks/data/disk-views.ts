import { parseCreatedBy } from '../../../kernel/created-by.js';
import { isReservedLabel, userLabels } from '../../../kernel/labels.js';
import { canonicalBytes } from '../../../kernel/quantity.js';
import { cappedText } from '../../../kernel/text.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { ViewDefinition } from '../../../platform/cluster/cluster-cache.js';
import {
  CDI_CONFIG,
  DATA_VOLUME,
  PERSISTENT_VOLUME_CLAIM,
  VIRTUAL_MACHINE,
  VIRTUAL_MACHINE_INSTANCE,
} from '../../../platform/cluster/kinds.js';
import { ANNOTATION } from '../domain/names.js';
import type {
  DiskNotes,
  ObservedDataVolume,
  ObservedDiskClaim,
  ObservedDiskUser,
} from '../domain/observed.js';
import { parseUploadNote } from '../domain/upload-note.js';

// Objects of the cluster are read, not trusted: what is absent or of another type reads as empty.

type Fields = Record<string, unknown>;
const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const list = (value: unknown): Fields[] => (Array.isArray(value) ? value.slice(0, 128).map(fields) : []);
const quantity = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' ? canonicalBytes(String(value)) : null;

const identity = ({ metadata }: KubeObject) => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid ?? '',
  resourceVersion: metadata.resourceVersion ?? '',
});

/** CDI and Kubernetes write labels without a domain of their own on every claim. */
const NOT_THE_USERS = new Set(['app', 'cdi']);

/** On everything that an image of virtgate is made of, with its name; tenants cannot write labels of this domain. */
const IMAGE_LABEL = 'virtgate.io/image';
const isOfImage = ({ metadata }: KubeObject): boolean => metadata.labels?.[IMAGE_LABEL] !== undefined;

function notesOf({ metadata }: KubeObject): DiskNotes {
  const annotations = metadata.annotations ?? {};
  const cdis = metadata.labels?.app === 'containerized-data-importer';
  const labels = Object.entries(userLabels(metadata.labels)).filter(
    ([key]) => !isReservedLabel(key) && !(cdis && NOT_THE_USERS.has(key)),
  );
  return {
    labels: Object.fromEntries(labels),
    displayName: cappedText(annotations[ANNOTATION.displayName], 128),
    createdBy: parseCreatedBy(annotations[ANNOTATION.createdBy]),
    operationId: annotations[ANNOTATION.operationId] ?? null,
    source: sourceOf(annotations[ANNOTATION.source]),
    size: quantity(annotations[ANNOTATION.size]),
  };
}

function sourceOf(text: string | undefined): Fields | null {
  if (!text || text.length > 4096) return null;
  try {
    const source = fields(JSON.parse(text));
    return Object.keys(source).length > 0 ? source : null;
  } catch {
    return null;
  }
}

export function observeDiskClaim(object: KubeObject): ObservedDiskClaim {
  const { metadata } = object;
  const spec = fields(object.spec);
  const status = fields(object.status);
  const [owner] = metadata.ownerReferences ?? [];
  return {
    ...identity(object),
    createdAt: metadata.creationTimestamp ?? '',
    deleting: Boolean(metadata.deletionTimestamp),
    notes: notesOf(object),
    upload: parseUploadNote(metadata.annotations?.[ANNOTATION.upload]),
    phase: cappedText(status.phase, 32) ?? 'Pending',
    requested: quantity(fields(fields(spec.resources).requests).storage),
    capacity: quantity(fields(status.capacity).storage),
    storageClass: cappedText(spec.storageClassName, 253),
    accessModes: (Array.isArray(spec.accessModes) ? spec.accessModes : []).filter(
      (mode): mode is string => typeof mode === 'string',
    ),
    volumeMode: cappedText(spec.volumeMode, 32) ?? 'Filesystem',
    growsOnUse: list(status.conditions).some(
      ({ type, status: value }) => type === 'FileSystemResizePending' && value === 'True',
    ),
    // CDI's populators fill a claim of their own, owned by the one that is meant; scratch space belongs to a pod; and
    // KubeVirt keeps a machine's UEFI variables and its TPM's memory on one.
    auxiliary:
      owner?.kind === 'PersistentVolumeClaim' ||
      owner?.kind === 'Pod' ||
      object.metadata.labels?.['persistent-state-for'] !== undefined,
    ofImage: isOfImage(object),
  };
}

export function observeDiskDataVolume(object: KubeObject): ObservedDataVolume {
  const spec = fields(object.spec);
  const status = fields(object.status);
  const wanted = fields(spec.storage ?? spec.pvc);
  const owner = object.metadata.ownerReferences?.find(({ kind }) => kind === 'VirtualMachine');
  const condition = (type: string) => list(status.conditions).find((candidate) => candidate.type === type);
  const running = condition('Running');
  const bound = condition('Bound');
  const source = fields(spec.source);
  return {
    ...identity(object),
    createdAt: object.metadata.creationTimestamp ?? '',
    deleting: Boolean(object.metadata.deletionTimestamp),
    notes: notesOf(object),
    phase: cappedText(status.phase, 64) ?? 'Pending',
    progress: percent(status.progress),
    restarts: Number(status.restartCount ?? 0) || 0,
    requested: quantity(fields(fields(wanted.resources).requests).storage),
    storageClass: cappedText(wanted.storageClassName, 253),
    source: Object.keys(source).length > 0 ? source : null,
    owner: owner ? { name: owner.name, uid: owner.uid } : null,
    ofImage: isOfImage(object),
    running: running
      ? {
          status: String(running.status),
          reason: cappedText(running.reason, 128) ?? '',
          message: cappedText(running.message, 1024) ?? '',
        }
      : null,
    bound: bound ? { status: String(bound.status), message: cappedText(bound.message, 1024) ?? '' } : null,
  };
}

/** CDI's phases in which the source of a clone is read, or is about to be. */
const COPYING: ReadonlySet<string> = new Set([
  'CloneScheduled',
  'CloneInProgress',
  'CSICloneInProgress',
  'SnapshotForSmartCloneInProgress',
]);

/** The claim that is being copied at this moment, as a key. */
function copiedBy({ namespace, phase, source }: ObservedDataVolume): string[] {
  const { namespace: from, name } = fields(source?.pvc);
  if (typeof name !== 'string' || !COPYING.has(phase)) return [];
  return [`${typeof from === 'string' ? from : namespace}/${name}`];
}

/** CDI writes "42.3%" or "N/A". */
function percent(text: unknown): number | null {
  const match = typeof text === 'string' ? /^(\d{1,3}(?:\.\d+)?)%$/.exec(text) : null;
  return match ? Math.min(100, Number(match[1])) : null;
}

function usedBy(object: KubeObject, template: Fields): ObservedDiskUser {
  const disks = list(fields(fields(template.domain).devices).disks);
  const volumes = list(template.volumes).flatMap((volume) => {
    const claim = fields(volume.dataVolume).name ?? fields(volume.persistentVolumeClaim).claimName;
    const name = cappedText(volume.name, 63);
    if (typeof claim !== 'string' || name === null) return [];
    const disk = disks.find((candidate) => candidate.name === name) ?? {};
    return [
      {
        name,
        claim,
        bootOrder: typeof disk.bootOrder === 'number' ? disk.bootOrder : null,
        readOnly:
          disk.cdrom !== undefined ||
          fields(disk.disk ?? disk.lun).readonly === true ||
          fields(volume.persistentVolumeClaim).readOnly === true,
        shared: disk.shareable === true,
      },
    ];
  });
  return { ...identity(object), volumes };
}

const byClaim = {
  claim: ({ namespace, volumes }: ObservedDiskUser) => volumes.map(({ claim }) => `${namespace}/${claim}`),
};

export const diskClaimViews: ViewDefinition<ObservedDiskClaim> = {
  kind: PERSISTENT_VOLUME_CLAIM,
  project: observeDiskClaim,
};
export const diskDataVolumeViews: ViewDefinition<ObservedDataVolume> = {
  kind: DATA_VOLUME,
  project: observeDiskDataVolume,
  indexes: { copied: copiedBy },
  optional: true,
};
export const machineUseViews: ViewDefinition<ObservedDiskUser> = {
  kind: VIRTUAL_MACHINE,
  project: (object) => usedBy(object, fields(fields(fields(object.spec).template).spec)),
  indexes: byClaim,
};
export const instanceUseViews: ViewDefinition<ObservedDiskUser> = {
  kind: VIRTUAL_MACHINE_INSTANCE,
  project: (object) => {
    const phase = fields(object.status).phase;
    // What has ended holds nothing.
    return phase === 'Succeeded' || phase === 'Failed' ? null : usedBy(object, fields(object.spec));
  },
  indexes: byClaim,
};

/** CDI's own settings: where uploads go, and what it takes a filesystem to need. */
export interface ObservedCdiConfig {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
  uploadProxyUrl: string | null;
  /** PEM; null where CDI does not say. */
  uploadProxyCa: string | null;
  /** Fractions of a volume, by storage class; `global` for the rest. */
  filesystemOverhead: { global: number; byClass: Record<string, number> };
}

export const cdiConfigViews: ViewDefinition<ObservedCdiConfig> = {
  kind: CDI_CONFIG,
  optional: true,
  project: (object) => {
    const { uploadProxyURL, uploadProxyCA, filesystemOverhead } = fields(object.status);
    const { global, storageClass } = fields(filesystemOverhead);
    const fraction = (value: unknown, fallback: number): number => {
      const number = Number(value);
      return value !== undefined && number >= 0 && number < 1 ? number : fallback;
    };
    // CDI's own default (pkg/common, DefaultGlobalOverhead).
    const everywhere = fraction(global, 0.06);
    const byClass = Object.entries(fields(storageClass)).map(([name, value]) => [
      name,
      fraction(value, everywhere),
    ]);
    return {
      ...identity(object),
      uploadProxyUrl: cappedText(uploadProxyURL, 2048),
      uploadProxyCa: typeof uploadProxyCA === 'string' && uploadProxyCA !== '' ? uploadProxyCA : null,
      filesystemOverhead: { global: everywhere, byClass: Object.fromEntries(byClass) },
    };
  },
};
