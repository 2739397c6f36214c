import { type CreatedBy, formatCreatedBy } from '../../../kernel/created-by.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { ImageSchedule, ImageSource, ImageSpec, Visibility } from './image-body.js';
import { ANNOTATION, IMAGES_NAMESPACE, imageVolumeName, LABEL, publishedName } from './names.js';

/** For whom and under which operation the objects are made. */
export interface Provenance {
  operationId: string;
  requestId: string;
  requestedBy: CreatedBy;
}

/** Where an image lies: in its project, or among those that are shared. */
export interface ImagePlace {
  namespace: string;
  /** Of the DataSource and, where there is one, of its DataImportCron. */
  name: string;
  /** Of the DataVolume. */
  volume: string;
  visibility: Visibility;
  tenant: string;
  project: string;
  /** The project's namespace. */
  home: string;
}

interface ProjectNames {
  namespace: string;
  name: string;
  tenant: string;
}

export const privatePlace = (project: ProjectNames, image: string): ImagePlace => ({
  namespace: project.namespace,
  name: image,
  volume: imageVolumeName(image),
  visibility: 'private',
  tenant: project.tenant,
  project: project.name,
  home: project.namespace,
});

export const publicPlace = (project: ProjectNames, image: string, visibility: Visibility): ImagePlace => ({
  namespace: IMAGES_NAMESPACE,
  name: publishedName(project.namespace, image),
  volume: publishedName(project.namespace, image),
  visibility,
  tenant: project.tenant,
  project: project.name,
  home: project.namespace,
});

export interface ManifestObject extends KubeObject {
  // biome-ignore lint/suspicious/noExplicitAny: the shape is proven against the published schemas instead.
  spec?: any;
}

/** What fills the volume: where it comes from, or another volume or snapshot. */
export type VolumeSource =
  | ImageSource
  | { clone: { kind: 'pvc' | 'snapshot'; namespace: string; name: string } };

const API_VERSION = 'cdi.kubevirt.io/v1beta1';

const labels = (spec: ImageSpec, place: ImagePlace): Record<string, string> => ({
  [LABEL.image]: spec.name,
  [LABEL.visibility]: place.visibility,
  [LABEL.tenant]: place.tenant,
  [LABEL.project]: place.project,
  [LABEL.home]: place.home,
});

/** The labels that CDI and KubeVirt read defaults from; they are inferred by `inferFromVolume` as well. */
export const defaultsLabels = (
  spec: Pick<ImageSpec, 'defaultInstanceType' | 'defaultPreference'>,
): Record<string, string> => ({
  ...(spec.defaultInstanceType !== null && {
    [LABEL.defaultInstanceType]: spec.defaultInstanceType,
    [LABEL.defaultInstanceTypeKind]: 'VirtualMachineClusterInstancetype',
  }),
  ...(spec.defaultPreference !== null && {
    [LABEL.defaultPreference]: spec.defaultPreference,
    [LABEL.defaultPreferenceKind]: 'VirtualMachineClusterPreference',
  }),
});

const provenance = (from: Provenance): Record<string, string> => ({
  [ANNOTATION.requestId]: from.requestId,
  [ANNOTATION.operationId]: from.operationId,
  [ANNOTATION.createdBy]: formatCreatedBy(from.requestedBy),
});

export function imageVolume(
  spec: ImageSpec,
  place: ImagePlace,
  source: VolumeSource,
  from: Provenance,
): ManifestObject {
  return {
    apiVersion: API_VERSION,
    kind: 'DataVolume',
    metadata: {
      name: place.volume,
      namespace: place.namespace,
      labels: { ...labels(spec, place), ...defaultsLabels(spec) },
      annotations: {
        ...provenance(from),
        // Nobody consumes an image before it is complete, so there is no first consumer to wait for.
        'cdi.kubevirt.io/storage.bind.immediate.requested': 'true',
        // Until CDI 1.62 the record of a finished import was collected.
        'cdi.kubevirt.io/storage.deleteAfterCompletion': 'false',
      },
    },
    spec: {
      source: volumeSource(source, place.namespace),
      storage: {
        resources: { requests: { storage: spec.size } },
        ...(spec.storageClass !== null && { storageClassName: spec.storageClass }),
      },
    },
  };
}

function volumeSource(source: VolumeSource, namespace: string): object {
  if ('clone' in source) {
    const { kind, ...from } = source.clone;
    return { [kind]: from };
  }
  if ('url' in source) return { http: { url: source.url } };
  if ('registry' in source) return { registry: { url: source.registry } };
  if ('disk' in source) return { pvc: { namespace, name: source.disk } };
  return { upload: {} };
}

export function imageDataSource(spec: ImageSpec, place: ImagePlace, from: Provenance): ManifestObject {
  const updated = spec.schedule?.enabled === true;
  return {
    apiVersion: API_VERSION,
    kind: 'DataSource',
    metadata: {
      name: place.name,
      namespace: place.namespace,
      labels: {
        ...labels(spec, place),
        ...defaultsLabels(spec),
        ...(spec.schedule && { [LABEL.cron]: place.name }),
      },
      annotations: {
        ...provenance(from),
        [ANNOTATION.source]: describeSource(spec.source),
        [ANNOTATION.size]: spec.size,
        ...(spec.displayName !== null && { [ANNOTATION.displayName]: spec.displayName }),
        ...(spec.os !== null && { [ANNOTATION.os]: spec.os }),
        ...(spec.schedule && { [ANNOTATION.schedule]: JSON.stringify(spec.schedule) }),
      },
    },
    spec: {
      // The cron points it to each import once that is complete.
      source: updated ? {} : { pvc: { namespace: place.namespace, name: place.volume } },
    },
  };
}

/** `type:reference`; an address loses its query, which may hold a signature. */
function describeSource(source: ImageSource): string {
  if ('url' in source) return `url:${source.url.replace(/[?#].*$/s, '')}`;
  if ('registry' in source) return `registry:${source.registry}`;
  if ('disk' in source) return `disk:${source.disk}`;
  return 'upload:';
}

/** Keeps an image up to date. CDI has no switch on it: a schedule that is disabled is one that is not there. */
export function imageCron(
  spec: ImageSpec & { schedule: ImageSchedule },
  place: ImagePlace,
  from: Provenance,
): ManifestObject {
  const { spec: volume } = imageVolume(spec, place, spec.source, from);
  return {
    apiVersion: API_VERSION,
    kind: 'DataImportCron',
    metadata: {
      name: place.name,
      namespace: place.namespace,
      labels: { ...labels(spec, place), ...defaultsLabels(spec) },
      annotations: {
        ...provenance(from),
        'cdi.kubevirt.io/storage.bind.immediate.requested': 'true',
      },
    },
    spec: {
      schedule: spec.schedule.cron,
      managedDataSource: place.name,
      garbageCollect: 'Outdated',
      importsToKeep: spec.schedule.retain,
      // What was imported stays when the schedule goes.
      retentionPolicy: 'All',
      template: {
        metadata: {
          labels: labels(spec, place),
          annotations: {
            // An operation that is given up knows by it what was imported for it.
            ...provenance(from),
            'cdi.kubevirt.io/storage.bind.immediate.requested': 'true',
          },
        },
        spec: volume,
      },
    },
  };
}
