import type { CreatedBy } from '../../../kernel/created-by.js';
import type { SnapshotFacts } from '../snapshots.contract.js';

/** Compact views of cluster objects: only what the API shows or a state machine looks at. */
export interface Observed {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
}

export interface Indication {
  /** KubeVirt's word: Online, GuestAgent, NoGuestAgent, QuiesceFailed, QuiesceTimeout, Paused, PartialSnapshot. */
  name: string;
  message: string | null;
}

/** VirtualMachineSnapshot. */
export interface ObservedSnapshot extends Observed, Omit<SnapshotFacts, 'labels'> {
  labels: Record<string, string>;
  operationId: string | null;
  createdBy: CreatedBy | null;
  deleting: boolean;
  indications: Indication[];
  includedVolumes: string[];
  excludedVolumes: string[];
  /** A Go duration, as it stands in the spec. */
  failureDeadline: string | null;
  takenAt: string | null;
  error: string | null;
  /** What KubeVirt is at, in its words. */
  progress: string | null;
}

/** VirtualMachineSnapshotContent: the copies of the volumes. */
export interface ObservedContent extends Observed {
  snapshot: string;
  volumes: { name: string; claim: string; size: string | null; ready: boolean; error: string | null }[];
}
