import type { ProjectRef } from '../../kernel/principal.js';

/** A VirtualMachineRestore, as far as anybody looks at it. */
export interface ObservedRestore {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
  target: string;
  snapshot: string;
  operationId: string | null;
  complete: boolean;
  deleting: boolean;
  /** Why KubeVirt gave it up. */
  error: string | null;
  /** What KubeVirt is at, or waits for, in its words. */
  progress: string | null;
}

export abstract class ObservedRestores {
  abstract restore(project: Pick<ProjectRef, 'namespace'>, name: string): ObservedRestore | undefined;
  /** Told with namespace and name of the target after a restore has changed. Returns how to stop. */
  abstract onRestore(listener: (namespace: string, target: string) => void): () => void;
}
