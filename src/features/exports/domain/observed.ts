import type { CreatedBy } from '../../../kernel/created-by.js';

/** Compact views of cluster objects: only what the API shows or a state machine looks at. */
export interface Observed {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
}

export const EXPORT_FORMATS = ['raw', 'gzip', 'tar.gz'] as const;
/** `tar.gz` is how a volume with a file system leaves, such as a memory dump. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportLink {
  /** PEM of the authorities that the server's certificate is checked against. */
  cert: string;
  volumes: { name: string; formats: { format: ExportFormat; url: string }[] }[];
  manifests: { type: string; url: string }[];
}

/** VirtualMachineExport. */
export interface ObservedExport extends Observed {
  createdAt: string;
  deleting: boolean;
  source: { kind: string; name: string };
  /** KubeVirt's phase: Pending, Ready, Terminated, Skipped. */
  phase: string;
  message: string | null;
  /** Seconds. */
  ttl: number | null;
  expiresAt: string | null;
  operationId: string | null;
  createdBy: CreatedBy | null;
  tokenSecret: string | null;
  internal: ExportLink | null;
  external: ExportLink | null;
}

/** PersistentVolumeClaim. */
export interface ObservedClaim extends Observed {
  phase: string;
  deleting: boolean;
  size: string | null;
}

/** VirtualMachineSnapshot. */
export interface ObservedSnapshot extends Observed {
  ready: boolean;
  deleting: boolean;
}

/** VirtualMachineInstance: what holds disks. */
export interface ObservedInstance extends Observed {
  running: boolean;
  claims: string[];
  /** Bytes as a quantity; null where it is not said. */
  memory: string | null;
}

export interface MemoryDumpRequest {
  claim: string;
  /** KubeVirt's: Associating, InProgress, Completed, Unmounting, Failed, Dissociating. */
  phase: string;
  fileName: string | null;
  message: string | null;
  startedAt: string | null;
  endedAt: string | null;
}

/** VirtualMachine, as far as memory dumps go. */
export interface ObservedMachine extends Observed {
  dump: MemoryDumpRequest | null;
}
