import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import type { OperationView } from '../../operations/operations.contract.js';
import type { FieldChange } from '../domain/live-change.js';
import type { ManifestObject } from '../domain/manifest.js';

/** Who asks, and where the right to it was checked. */
export interface Caller {
  principal: Principal;
  project: ProjectRef;
}

/** What would happen: the answer of a dry run. */
export interface Preview {
  dryRun: true;
  /** What would be written to the cluster, without secrets. */
  manifests: ManifestObject[];
  warnings: string[];
  effect: string;
  /** Of a change: when the guest has each field of it. */
  changes?: FieldChange[];
}

export type Outcome = { operation: OperationView; preview?: undefined } | { preview: Preview };
