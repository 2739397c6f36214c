import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import type { KubeObject } from '../../../kubevirt-types/kube-object.js';
import type { OperationView } from '../../operations/operations.contract.js';

/** Who asks, and where the right to it was checked. */
export interface Caller {
  principal: Principal;
  project: ProjectRef;
}

/** What would happen: the answer of a dry run. */
export interface DiskPreview {
  dryRun: true;
  /** What would be written to the cluster. */
  manifests: KubeObject[];
  warnings: string[];
  effect: string;
}

export type DiskOutcome = { operation: OperationView; preview?: undefined } | { preview: DiskPreview };
