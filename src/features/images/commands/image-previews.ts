import { Injectable } from '@nestjs/common';
import { ClusterClient } from '../../../platform/cluster/cluster-client.js';
import { DATA_SOURCE, DATA_VOLUME } from '../../../platform/cluster/kinds.js';
import { AccessContract } from '../../access/access.contract.js';
import { type Caller, type Outcome } from '../../operations/outcome.contract.js';
import type { ManifestObject } from '../domain/image-manifests.js';

/** Asks the cluster what it would say (`dryRun=All`), under the caller's name. */
@Injectable()
export class ImagePreviews {
  constructor(
    private readonly cluster: ClusterClient,
    private readonly access: AccessContract,
  ) {}

  async wouldCreate({ principal, project }: Caller, objects: readonly ManifestObject[]): Promise<void> {
    const as = this.access.impersonationOf(principal, project);
    for (const object of objects) {
      const kind = object.kind === 'DataVolume' ? DATA_VOLUME : DATA_SOURCE;
      await this.cluster.create(kind, project.namespace, object, { as, dryRun: true });
    }
  }
}

export const preview = (
  effect: string,
  manifests: ManifestObject[] = [],
  warnings: string[] = [],
): Outcome => ({
  preview: { dryRun: true, manifests, warnings, effect },
});
