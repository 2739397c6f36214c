import type { CreatedBy } from '../../../kernel/created-by.js';
import type { ImageSchedule, Visibility } from './image-body.js';

/** Compact views of cluster objects: only what the API shows or a state machine looks at. */
interface Observed {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
}

/** DataSource: a name that machines boot from. */
export interface ObservedImage extends Observed {
  createdAt: string;
  deleting: boolean;
  /** The image's own name: that of the object, but for shared ones. */
  image: string;
  visibility: Visibility;
  /** The namespace of the project that it belongs to: its own, or of who shares it. */
  home: string;
  displayName: string | null;
  createdBy: CreatedBy | null;
  operationId: string | null;
  os: string | null;
  source: { type: string; reference: string | null } | null;
  size: string | null;
  storageClass: string | null;
  defaultInstanceType: string | null;
  defaultPreference: string | null;
  schedule: ImageSchedule | null;
  ready: boolean;
  /** Why it is not ready, in CDI's words. */
  reason: string | null;
  /** What it points to at present. */
  holds: { kind: 'pvc' | 'snapshot'; namespace: string; name: string } | null;
}

/** DataVolume: an image being filled. */
export interface ObservedImageVolume extends Observed {
  createdAt: string;
  deleting: boolean;
  home: string;
  image: string;
  operationId: string | null;
  phase: string;
  progress: number | null;
  restarts: number;
  running: { status: string; reason: string; message: string } | null;
  size: string | null;
}

/** DataImportCron: what keeps an image up to date. */
export interface ObservedImageCron extends Observed {
  deleting: boolean;
  home: string;
  image: string;
  lastImportAt: string | null;
  /** Why it does not know what to import, in CDI's words; null once it does. */
  unseen: string | null;
}
