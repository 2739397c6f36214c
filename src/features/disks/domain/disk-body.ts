import type { ImportAccess } from './import-access.js';

export const ACCESS_MODES = ['ReadWriteOnce', 'ReadWriteMany', 'ReadOnlyMany', 'ReadWriteOncePod'] as const;
export type AccessMode = (typeof ACCESS_MODES)[number];
export const VOLUME_MODES = ['Block', 'Filesystem'] as const;
export type VolumeMode = (typeof VOLUME_MODES)[number];

/** `source` of `POST /disks`: exactly one of its keys. */
export interface DiskSourceBody {
  /** `{}`, or true for GraphQL. */
  blank?: object | boolean | null;
  upload?: object | boolean | null;
  url?: string | null;
  registry?: string | null;
  disk?: string | null;
  snapshot?: string | null;
  /** Which disk of the snapshot; needed where it holds several. */
  volume?: string | null;
  image?: string | null;
  /** Of url: `algorithm:hex`. */
  checksum?: string | null;
  /** Of url and registry. */
  credentials?: { username: string; password: string } | null;
  /** Of url and registry: PEM. */
  certificates?: string | null;
}

/** The body of `POST /disks`. */
export interface CreateDiskBody {
  name: string;
  displayName?: string | null;
  labels?: Record<string, string> | null;
  size?: string | null;
  source: DiskSourceBody;
  storageClass?: string | null;
  accessMode?: AccessMode | null;
  volumeMode?: VolumeMode | null;
  preallocation?: boolean | null;
}

/** The body of `PATCH /disks/{disk}`, a merge patch. */
export interface ChangeDiskBody {
  size?: string;
  displayName?: string | null;
  labels?: Record<string, string | null> | null;
}

export type DiskSource =
  | { blank: true }
  | { upload: true }
  | { url: string }
  | { registry: string }
  | { disk: string }
  | { snapshot: string; volume: string | null }
  | { image: string };

/** A checked body. */
export interface DiskSpec {
  name: string;
  displayName: string | null;
  labels: Record<string, string>;
  /** Canonical; null where the source says it. */
  size: string | null;
  source: DiskSource;
  access: ImportAccess | null;
  storageClass: string | null;
  accessMode: AccessMode | null;
  volumeMode: VolumeMode | null;
  preallocation: boolean;
}

/** A spec whose source was found: what CDI is told. */
export interface ResolvedDisk extends DiskSpec {
  size: string;
  /** `spec.source` or `spec.sourceRef` of the DataVolume. */
  from: { source: Record<string, unknown> } | { sourceRef: Record<string, unknown> };
}
