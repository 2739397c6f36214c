import { Injectable } from '@nestjs/common';
import type { Failure } from '../../../kernel/failure.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { DATA_SOURCE, DATA_VOLUME } from '../../../platform/cluster/kinds.js';
import { currentContext } from '../../../platform/context/request-context.js';
import { Database } from '../../../platform/database/database.js';
import { AccessContract } from '../../access/access.contract.js';
import { OperationsContract, type OperationView } from '../../operations/operations.contract.js';
import type { ManifestObject } from '../domain/image-manifests.js';
import { IMAGE_TARGET } from '../domain/names.js';

/** Who asks, and where the right to it was checked. */
export interface Caller {
  principal: Principal;
  project: ProjectRef;
}

/** What would happen: the answer of a dry run. */
export interface Preview {
  dryRun: true;
  manifests: ManifestObject[];
  warnings: string[];
  effect: string;
}

export type Outcome = { operation: OperationView; preview?: undefined } | { preview: Preview };

export interface ImageWorkRequest {
  kind: string;
  name: string;
  input: Record<string, unknown>;
  warnings?: string[];
}

/** Begins operations on images, each in a transaction of its own. */
@Injectable()
export class ImageWork {
  constructor(
    private readonly database: Database,
    private readonly operations: OperationsContract,
    private readonly cluster: ClusterClient,
    private readonly access: AccessContract,
  ) {}

  /**
   * `refusal` is why the state of the moment does not allow it. It is the last to be asked: an operation that was begun
   * under the same idempotency key is answered again, and an unfinished one on the image is named.
   */
  async begin(
    { principal, project }: Caller,
    { name, ...request }: ImageWorkRequest,
    refusal: Failure | null = null,
  ): Promise<Outcome> {
    const startedAt = Date.now();
    const operation = await this.database.transaction(async (tx) => {
      const target = { type: IMAGE_TARGET, name };
      const begun = await this.operations.begin(tx, { ...request, principal, project, target });
      if (refusal && Date.parse(begun.createdAt) >= startedAt) throw refusal;
      return begun;
    });
    return { operation };
  }

  /** For a dry run: what the quota says to it. Returns warnings; throws quota.exceeded. */
  rehearse({ project }: Caller, { kind, name, input }: ImageWorkRequest): Promise<readonly string[]> {
    return this.operations.rehearse({ kind, input, project, target: { type: IMAGE_TARGET, name } });
  }

  /** Asks the cluster what it would say (`dryRun=All`), under the caller's name. */
  async wouldCreate({ principal, project }: Caller, objects: readonly ManifestObject[]): Promise<void> {
    const as = this.access.impersonationOf(principal, project);
    for (const object of objects) {
      const kind = object.kind === 'DataVolume' ? DATA_VOLUME : DATA_SOURCE;
      await this.cluster.create(kind, project.namespace, object, { as, dryRun: true });
    }
  }
}

export const isDryRun = (): boolean => currentContext()?.dryRun ?? false;

export const preview = (
  effect: string,
  manifests: ManifestObject[] = [],
  warnings: string[] = [],
): Outcome => ({
  preview: { dryRun: true, manifests, warnings, effect },
});
