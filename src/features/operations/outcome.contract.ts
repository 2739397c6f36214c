import type { Principal, ProjectRef } from '../../kernel/principal.js';
import type { ClusterObject } from '../../platform/cluster/cluster-client.js';
import { currentContext } from '../../platform/context/request-context.js';
import type { OperationView } from './operations.contract.js';

/** Who asks, and where the right to it was checked. */
export interface Caller {
  principal: Principal;
  project: ProjectRef;
}

/** What would happen: the answer of a dry run. */
export interface Preview {
  dryRun: true;
  /** What would be written to the cluster, without secrets. */
  manifests: ClusterObject[];
  warnings: string[];
  effect: string;
}

/** What a mutation comes to: an operation, or what a dry run found. */
export type Outcome<P extends Preview = Preview> =
  | { operation: OperationView; preview?: undefined }
  | { preview: P };

/** The same over REST. */
export type Answer<P extends Preview = Preview> = OperationView | P;
export const answerOf = <P extends Preview>(outcome: Outcome<P>): Answer<P> =>
  'operation' in outcome ? outcome.operation : outcome.preview;

export const isDryRun = (): boolean => currentContext()?.dryRun ?? false;
export const requestId = (): string => currentContext()?.requestId ?? 'unknown';

/** Stands for the operation in what a dry run shows. */
export const dryProvenance = ({ principal }: Caller) => ({
  id: 'dry-run',
  requestId: requestId(),
  requestedBy: principal,
});
