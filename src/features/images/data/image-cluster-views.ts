import { parseCreatedBy } from '../../../kernel/created-by.js';
import { canonicalBytes } from '../../../kernel/quantity.js';
import { cappedText } from '../../../kernel/text.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { ViewDefinition } from '../../../platform/cluster/cluster-cache.js';
import { DATA_IMPORT_CRON, DATA_SOURCE, DATA_VOLUME } from '../../../platform/cluster/kinds.js';
import { type ImageSchedule, VISIBILITIES, type Visibility } from '../domain/image-body.js';
import { ANNOTATION, IMAGES_NAMESPACE, LABEL } from '../domain/names.js';
import type { ObservedImage, ObservedImageCron, ObservedImageVolume } from '../domain/observed.js';

/** Objects of the cluster are read, not trusted: what is absent or of another type reads as empty. */
const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
const list = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.map(record) : []);
const quantity = (value: unknown): string | null =>
  typeof value === 'string' ? canonicalBytes(value) : null;

const identity = ({ metadata }: KubeObject) => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid ?? '',
  resourceVersion: metadata.resourceVersion ?? '',
});

export const imageViews: ViewDefinition<ObservedImage> = {
  kind: DATA_SOURCE,
  optional: true,
  project: observeImage,
  indexes: { image: ({ namespace, image }) => [`${namespace}/${image}`] },
};

export const imageVolumeViews: ViewDefinition<ObservedImageVolume> = {
  kind: DATA_VOLUME,
  optional: true,
  labelSelector: LABEL.image,
  project: observeVolume,
  indexes: { image: ({ namespace, image }) => [`${namespace}/${image}`] },
};

export const imageCronViews: ViewDefinition<ObservedImageCron> = {
  kind: DATA_IMPORT_CRON,
  optional: true,
  project: (object) => ({
    ...identity(object),
    deleting: Boolean(object.metadata.deletionTimestamp),
    home: homeOf(object),
    image: cappedText(object.metadata.labels?.[LABEL.image], 63) ?? object.metadata.name,
    lastImportAt: cappedText(record(object.status).lastImportTimestamp, 40),
    unseen: unseenSource(object),
  }),
};

/** CDI says in condition UpToDate whether it found out what the source has (reason NoDigest). */
function unseenSource({ status }: KubeObject): string | null {
  const upToDate = list(record(status).conditions).find(({ type }) => type === 'UpToDate');
  if (upToDate?.status !== 'False' || upToDate.reason !== 'NoDigest') return null;
  return cappedText(upToDate.message, 1024);
}

export function observeImage(object: KubeObject): ObservedImage {
  const { metadata } = object;
  const { labels = {}, annotations = {} } = metadata;
  const shared = metadata.namespace === IMAGES_NAMESPACE;
  const ready = list(record(object.status).conditions).find(({ type }) => type === 'Ready');
  return {
    ...identity(object),
    createdAt: metadata.creationTimestamp ?? '',
    deleting: Boolean(metadata.deletionTimestamp),
    image: cappedText(labels[LABEL.image], 63) ?? metadata.name,
    visibility: shared ? visibilityOf(labels[LABEL.visibility]) : 'private',
    home: homeOf(object),
    displayName: cappedText(annotations[ANNOTATION.displayName], 128),
    createdBy: parseCreatedBy(annotations[ANNOTATION.createdBy]),
    operationId: annotations[ANNOTATION.operationId] ?? null,
    os: cappedText(annotations[ANNOTATION.os], 64),
    source: sourceOf(annotations[ANNOTATION.source]),
    size: quantity(annotations[ANNOTATION.size]),
    storageClass: null,
    defaultInstanceType: cappedText(labels[LABEL.defaultInstanceType], 63),
    defaultPreference: cappedText(labels[LABEL.defaultPreference], 63),
    schedule: scheduleOf(annotations[ANNOTATION.schedule]),
    ready: ready?.status === 'True',
    reason: cappedText(ready?.message ?? ready?.reason, 512),
    holds: heldBy(record(record(object.spec).source), metadata.namespace ?? ''),
  };
}

/** What a tenant may write in its own namespace says nothing about whose it is. */
const homeOf = ({ metadata: { namespace = '', labels } }: KubeObject): string =>
  namespace === IMAGES_NAMESPACE ? (cappedText(labels?.[LABEL.home], 63) ?? '') : namespace;

/** What says nothing is shown to nobody but its owner. */
const visibilityOf = (text: string | undefined): Visibility =>
  VISIBILITIES.find((visibility) => visibility === text) ?? 'private';

function sourceOf(text: string | undefined): ObservedImage['source'] {
  const match = /^(url|registry|disk|upload):(.*)$/.exec(text ?? '');
  return match ? { type: match[1] ?? '', reference: cappedText(match[2], 2048) } : null;
}

function scheduleOf(text: string | undefined): ImageSchedule | null {
  try {
    const { cron, retain, enabled } = record(JSON.parse(text ?? 'null'));
    if (typeof cron !== 'string') return null;
    return { cron: cron.slice(0, 128), retain: Number(retain) || 1, enabled: enabled !== false };
  } catch {
    return null;
  }
}

function heldBy(source: Record<string, unknown>, own: string): ObservedImage['holds'] {
  for (const kind of ['pvc', 'snapshot'] as const) {
    const { name, namespace } = record(source[kind]);
    if (typeof name === 'string') {
      return { kind, name, namespace: typeof namespace === 'string' ? namespace : own };
    }
  }
  return null;
}

export function observeVolume(object: KubeObject): ObservedImageVolume {
  const { metadata } = object;
  const spec = record(object.spec);
  const status = record(object.status);
  const running = list(status.conditions).find(({ type }) => type === 'Running');
  const percent = /^(\d{1,3}(?:\.\d+)?)%$/.exec(String(status.progress ?? ''))?.[1];
  return {
    ...identity(object),
    createdAt: metadata.creationTimestamp ?? '',
    deleting: Boolean(metadata.deletionTimestamp),
    home: homeOf(object),
    image: cappedText(metadata.labels?.[LABEL.image], 63) ?? metadata.name,
    operationId: metadata.annotations?.[ANNOTATION.operationId] ?? null,
    phase: cappedText(status.phase, 64) ?? 'Pending',
    progress: percent === undefined ? null : Math.min(100, Number(percent)),
    restarts: Number(status.restartCount ?? 0) || 0,
    running: running
      ? {
          status: String(running.status ?? ''),
          reason: cappedText(running.reason, 128) ?? '',
          message: cappedText(running.message, 1024) ?? '',
        }
      : null,
    size: quantity(record(record(record(spec.storage ?? spec.pvc).resources).requests).storage),
  };
}
