import type { CreatedBy } from '../../../kernel/created-by.js';
import { parseBytes } from '../../../kernel/quantity.js';
import type { ObservedDataVolume, ObservedDiskClaim } from './observed.js';
import { dataVolumeSource } from './shown-source.js';

export const DISK_STATES = [
  /** The cluster has not begun. */
  'Pending',
  /** Storage is made when a machine first uses it; nothing is wrong. */
  'WaitingForFirstUse',
  'Importing',
  'Cloning',
  /** Waits for `PUT .../content`. */
  'UploadReady',
  'Uploading',
  'Ready',
  /** It was asked to grow and has not yet. */
  'Expanding',
  'Failed',
  /** What held its data is gone. */
  'Lost',
  'Deleting',
] as const;
export type DiskState = (typeof DISK_STATES)[number];

/** A machine that has the disk in its specification, or holds it while it runs. */
export interface DiskUse {
  machine: string;
  /** Name of the volume within the machine. */
  volume: string;
  /** Its instance holds it at this moment. */
  running: boolean;
  /** It only reads: a CD-ROM, or attached so. */
  readOnly: boolean;
  /** It lets other machines write to it as well. */
  shared: boolean;
}

/** What clients see of a disk. */
export interface DiskView {
  /** Uid of the claim; until that is there, of its DataVolume. */
  id: string;
  name: string;
  displayName: string | null;
  project: string;
  state: DiskState;
  /** 0..100 while it is being filled; null when nothing is known. */
  progress: number | null;
  /** Why it is in this state, where the cluster says. */
  message: string | null;
  /** What a guest sees. */
  size: string | null;
  /** What it takes of the storage, a filesystem's own needs included. */
  capacity: string | null;
  source: Record<string, unknown> | null;
  storageClass: string | null;
  accessModes: string[];
  volumeMode: string | null;
  bindsOnFirstUse: boolean;
  expandable: boolean;
  attachedTo: DiskUse[];
  labels: Record<string, string>;
  createdAt: string;
  createdBy: CreatedBy | null;
  deleting: boolean;
}

/** What a disk is joined from: at least one of claim and DataVolume is there. */
export interface DiskParts {
  claim: ObservedDiskClaim | undefined;
  dataVolume: ObservedDataVolume | undefined;
  uses: DiskUse[];
  storageClass: { bindsOnFirstUse: boolean; expandable: boolean } | undefined;
}

export function diskView(name: string, project: string, parts: DiskParts): DiskView {
  const { claim, dataVolume, uses, storageClass } = parts;
  const notes = claim?.notes ?? dataVolume?.notes;
  const state = stateOf(parts);
  return {
    id: claim?.uid ?? dataVolume?.uid ?? '',
    name,
    displayName: notes?.displayName ?? null,
    project,
    state,
    progress: progressOf(state, parts),
    message: messageOf(state, parts),
    size: sizeOf(claim, dataVolume),
    capacity: claim?.capacity ?? null,
    source: notes?.source ?? dataVolume?.notes.source ?? dataVolumeSource(dataVolume?.source ?? null),
    storageClass: claim?.storageClass ?? dataVolume?.storageClass ?? null,
    accessModes: claim?.accessModes ?? [],
    volumeMode: claim?.volumeMode ?? null,
    bindsOnFirstUse: storageClass?.bindsOnFirstUse ?? false,
    expandable: storageClass?.expandable ?? false,
    attachedTo: uses,
    labels: notes?.labels ?? {},
    createdAt: claim?.createdAt ?? dataVolume?.createdAt ?? '',
    createdBy: notes?.createdBy ?? dataVolume?.notes.createdBy ?? null,
    deleting: state === 'Deleting',
  };
}

/** Of a claim with a filesystem, what the image in it may take; of a block device, all of it. */
function sizeOf(
  claim: ObservedDiskClaim | undefined,
  dataVolume: ObservedDataVolume | undefined,
): string | null {
  if (claim?.volumeMode === 'Filesystem' && claim.notes.size !== null) return claim.notes.size;
  return claim?.capacity ?? claim?.requested ?? dataVolume?.requested ?? null;
}

const CLONING = /^(Clone|CSIClone|SnapshotForSmartClone|SmartClone|NamespaceTransfer|PrepClaim|RebindIn)/;

export function stateOf({ claim, dataVolume, storageClass }: Omit<DiskParts, 'uses'>): DiskState {
  if (claim?.deleting || (!claim && dataVolume?.deleting)) return 'Deleting';
  if (claim?.phase === 'Lost') return 'Lost';
  if (!dataVolume) return withoutDataVolume(claim, storageClass);
  const { phase } = dataVolume;
  if (phase === 'Succeeded') return claim && isGrowing(claim) ? 'Expanding' : 'Ready';
  if (phase === 'Failed') return 'Failed';
  if (phase === 'WaitForFirstConsumer' || phase === 'PendingPopulation') return 'WaitingForFirstUse';
  if (phase === 'UploadReady') {
    return claim?.upload && claim.upload.state !== 'failed' ? 'Uploading' : 'UploadReady';
  }
  if (CLONING.test(phase) || phase === 'ExpansionInProgress') return 'Cloning';
  if (phase.startsWith('Import')) return 'Importing';
  return 'Pending';
}

function withoutDataVolume(
  claim: ObservedDiskClaim | undefined,
  storageClass: DiskParts['storageClass'],
): DiskState {
  if (claim?.phase === 'Bound') return isGrowing(claim) ? 'Expanding' : 'Ready';
  return storageClass?.bindsOnFirstUse ? 'WaitingForFirstUse' : 'Pending';
}

/** A filesystem that grows on its next use is as large as it can be made now. */
const isGrowing = (claim: ObservedDiskClaim): boolean =>
  !claim.growsOnUse && isLess(claim.capacity, claim.requested);

const isLess = (a: string | null, b: string | null): boolean =>
  a !== null && b !== null && (parseBytes(a) ?? 0n) < (parseBytes(b) ?? 0n);

function progressOf(state: DiskState, { claim, dataVolume }: DiskParts): number | null {
  if (state === 'Ready' || state === 'Expanding') return 100;
  if (state === 'Uploading' && claim?.upload?.total) {
    return Math.min(100, Math.floor((claim.upload.received / claim.upload.total) * 100));
  }
  return dataVolume?.progress ?? null;
}

function messageOf(state: DiskState, { claim, dataVolume }: DiskParts): string | null {
  switch (state) {
    case 'Ready':
      return claim?.growsOnUse ? 'It is as large as it was asked to be once a machine has used it.' : null;
    case 'WaitingForFirstUse':
      return 'Its storage is made when a virtual machine first uses it.';
    case 'UploadReady':
      return claim?.upload?.error
        ? `The last upload failed: ${claim.upload.error.message}`
        : 'Send its content: PUT .../content.';
    case 'Lost':
      return 'The volume that held its data is gone.';
    default: {
      const { running, bound } = dataVolume ?? {};
      const said = running?.status === 'False' ? running.message : '';
      return said || (bound?.status === 'False' ? bound.message : '') || null;
    }
  }
}
