import type { CreatedBy } from '../../../kernel/created-by.js';
import type { UploadNote } from './upload-note.js';

interface Observed {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
}

/** What virtgate noted on a disk when it was made, wherever it stands. */
export interface DiskNotes {
  labels: Record<string, string>;
  displayName: string | null;
  createdBy: CreatedBy | null;
  operationId: string | null;
  /** As asked for. */
  source: Record<string, unknown> | null;
  size: string | null;
}

/** PersistentVolumeClaim: the disk itself. */
export interface ObservedDiskClaim extends Observed {
  createdAt: string;
  deleting: boolean;
  notes: DiskNotes;
  upload: UploadNote | null;
  /** Pending, Bound or Lost. */
  phase: string;
  /** Canonical quantities. */
  requested: string | null;
  capacity: string | null;
  storageClass: string | null;
  accessModes: string[];
  volumeMode: string | null;
  /** The filesystem in it grows when a machine next uses it. */
  growsOnUse: boolean;
  /** Made by CDI on the way to another claim; nobody's disk. */
  auxiliary: boolean;
  /** It holds an image: the catalogue's, and no disk of the project. */
  ofImage: boolean;
}

/** DataVolume: how a disk came to be. */
export interface ObservedDataVolume extends Observed {
  createdAt: string;
  deleting: boolean;
  notes: DiskNotes;
  phase: string;
  /** 0..100; null while it is not known. */
  progress: number | null;
  restarts: number;
  requested: string | null;
  storageClass: string | null;
  source: Record<string, unknown> | null;
  /** From which machine's template it was made. */
  owner: { name: string; uid: string } | null;
  ofImage: boolean;
  running: { status: string; reason: string; message: string } | null;
  bound: { status: string; message: string } | null;
}

/** Which claims a VirtualMachine or its instance refers to. */
export interface ObservedDiskUser extends Observed {
  volumes: { name: string; claim: string; bootOrder: number | null; readOnly: boolean; shared: boolean }[];
}
