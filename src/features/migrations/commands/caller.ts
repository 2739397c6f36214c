import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import type { ClusterObject } from '../../../platform/cluster/cluster-client.js';
import { currentContext } from '../../../platform/context/request-context.js';
import type { OperationView } from '../../operations/operations.contract.js';

/** Who asks, and where the right to it was checked. */
export interface Caller {
  principal: Principal;
  project: ProjectRef;
}

/** What would happen: the answer of a dry run. */
export interface Preview {
  dryRun: true;
  manifests: ClusterObject[];
  warnings: string[];
  effect: string;
}

export type Outcome = { operation: OperationView; preview?: undefined } | { preview: Preview };

/** What a mutation answers over REST: the operation, or what a dry run found. */
export type Answer = OperationView | Preview;
export const answerOf = (outcome: Outcome): Answer => outcome.preview ?? outcome.operation;

export const isDryRun = (): boolean => currentContext()?.dryRun ?? false;
