import type { CreatedBy } from '../../../kernel/created-by.js';
import type { ImageSchedule, Visibility } from './image-body.js';
import type { ObservedImage, ObservedImageCron, ObservedImageVolume } from './observed.js';

export const IMAGE_STATES = [
  'Pending',
  'WaitingForUpload',
  'Importing',
  'Ready',
  'Failed',
  'Deleting',
] as const;
export type ImageState = (typeof IMAGE_STATES)[number];

/** What the API says of an image. */
export interface ImageView {
  id: string;
  name: string;
  displayName: string | null;
  /** The project that it belongs to. */
  project: string;
  tenant: string;
  visibility: Visibility;
  /** How `bootDisk.image` names it from everywhere: project/name. */
  reference: string;
  state: ImageState;
  /** Why it is not ready, where that is known. */
  message: string | null;
  /** 0..100 while it is being filled; null when nothing is known. */
  progress: number | null;
  size: string | null;
  os: string | null;
  source: { type: string; reference: string | null } | null;
  defaultInstanceType: string | null;
  defaultPreference: string | null;
  schedule: (ImageSchedule & { lastImportAt: string | null }) | null;
  createdAt: string;
  createdBy: CreatedBy | null;
}

export interface ImageParts {
  /** The volume that it is being filled in, the newest where there are several. */
  volume: ObservedImageVolume | undefined;
  cron: ObservedImageCron | undefined;
  /** The copy that others see. */
  published: ObservedImage | undefined;
}

export const isComplete = (image: ObservedImage, volume: ObservedImageVolume | undefined): boolean =>
  image.ready || (volume?.phase === 'Succeeded' && volume.name === image.holds?.name);

export function imageState(image: ObservedImage, volume: ObservedImageVolume | undefined): ImageState {
  if (image.deleting) return 'Deleting';
  if (isComplete(image, volume)) return 'Ready';
  if (!volume || volume.phase === 'Pending') return 'Pending';
  if (volume.phase === 'Failed') return 'Failed';
  return /^Upload/.test(volume.phase) ? 'WaitingForUpload' : 'Importing';
}

export function imageView(
  image: ObservedImage,
  owner: { project: string; tenant: string },
  { volume, cron, published }: ImageParts,
): ImageView {
  const state = imageState(image, volume);
  const troubled = volume?.running?.status === 'False' && /error|fail|quota/i.test(volume.running.reason);
  return {
    id: image.uid,
    name: image.image,
    displayName: image.displayName,
    project: owner.project,
    tenant: owner.tenant,
    visibility: published && !published.deleting ? published.visibility : image.visibility,
    reference: `${owner.project}/${image.image}`,
    state,
    message: state === 'Ready' ? null : (troubled && volume.running?.message) || null,
    progress: state === 'Importing' ? (volume?.progress ?? null) : null,
    size: image.size ?? volume?.size ?? null,
    os: image.os,
    source: image.source,
    defaultInstanceType: image.defaultInstanceType,
    defaultPreference: image.defaultPreference,
    schedule: image.schedule && { ...image.schedule, lastImportAt: cron?.lastImportAt ?? null },
    createdAt: image.createdAt,
    createdBy: image.createdBy,
  };
}
