interface Observed {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
}

/** VirtualMachineClone. */
export interface ObservedClone extends Observed {
  target: string;
  operationId: string | null;
  /** SnapshotInProgress, CreatingTargetVM, RestoreInProgress, Succeeded, Failed, Unknown. */
  phase: string;
  message: string | null;
  deleting: boolean;
}

/** DataVolume of a machine, being copied from another claim. */
export interface ObservedCopy extends Observed {
  owner: string;
  phase: string;
  /** Percent; null when nothing is known. */
  progress: number | null;
  message: string | null;
  /** What it is copied from is gone, and it waits for it. */
  orphaned: boolean;
}
