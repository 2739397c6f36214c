import { Injectable } from '@nestjs/common';
import type { Principal, ProjectRef } from '../../kernel/principal.js';
import {
  ClusterClient,
  type ClusterObject,
  type ResourceKind,
} from '../../platform/cluster/cluster-client.js';
import { currentContext } from '../../platform/context/request-context.js';
import { AccessContract } from '../access/access.contract.js';
import type { OperationView } from '../operations/operations.contract.js';

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

export type Outcome = { operation: OperationView; preview?: undefined } | { preview: Preview };

/** What a mutation answers over REST: the operation, or what a dry run found. */
export type Answer = OperationView | Preview;
export const answerOf = (outcome: Outcome): Answer => outcome.preview ?? outcome.operation;

export const isDryRun = (): boolean => currentContext()?.dryRun ?? false;
/** Stands for the operation in what a dry run shows. */
export const dryProvenance = ({ principal }: Caller) => ({
  id: 'dry-run',
  requestId: currentContext()?.requestId ?? 'unknown',
  requestedBy: principal,
});

/** Asks the cluster what it would say to a change (`dryRun=All`), under the caller's name. */
@Injectable()
export class ProtectionPreviews {
  constructor(
    private readonly cluster: ClusterClient,
    private readonly access: AccessContract,
  ) {}

  async wouldCreate(
    { principal, project }: Caller,
    kind: ResourceKind,
    object: ClusterObject,
  ): Promise<void> {
    const as = this.access.impersonationOf(principal, project);
    await this.cluster.create(kind, project.namespace, object, { as, dryRun: true });
  }

  async wouldDelete({ principal, project }: Caller, kind: ResourceKind, name: string): Promise<void> {
    const as = this.access.impersonationOf(principal, project);
    await this.cluster.delete(kind, project.namespace, name, { as, dryRun: true });
  }
}
