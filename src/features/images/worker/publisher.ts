import { Injectable } from '@nestjs/common';
import type { ProjectRef } from '../../../kernel/principal.js';
import type { Impersonation } from '../../../platform/cluster/cluster-client.js';
import { DATA_SOURCE, NAMESPACE, ROLE_BINDING } from '../../../platform/cluster/kinds.js';
import { isCode } from '../../access/tenant-asks.contract.js';
import type { OperationRecord } from '../../operations/operations.contract.js';
import { ImageCaches } from '../data/image-caches.js';
import { imageNotReady } from '../domain/failures.js';
import type { ImageSpec, Visibility } from '../domain/image-body.js';
import { publicPlace } from '../domain/image-manifests.js';
import { ANNOTATION, IMAGES_NAMESPACE, KEEPERS_GROUP, LABEL } from '../domain/names.js';
import { ImageAsks } from './image-asks.js';

/**
 * Copies images to the namespace of those that are shared, and takes them back. The requester is joined to the group of
 * its keepers for the one call, so the cluster checks both: that the copy may be written there, and that this very
 * requester may read what it is made of.
 */
@Injectable()
export class Publisher {
  constructor(
    private readonly asks: ImageAsks,
    private readonly caches: ImageCaches,
  ) {}

  async publish(
    operation: OperationRecord,
    spec: ImageSpec,
    visibility: Visibility,
    as: Impersonation,
  ): Promise<Record<string, string>> {
    const { project } = operation;
    await this.#ensureNamespace();
    const place = publicPlace(project, spec.name, visibility);
    const keeper = asKeeper(as);
    const present = await this.asks.tenants.find(DATA_SOURCE, place.namespace, place.name);
    const ours = present?.metadata.annotations?.[ANNOTATION.operationId] === operation.id;
    if (present && !ours && !present.metadata.deletionTimestamp) {
      const body = { metadata: { labels: { [LABEL.visibility]: visibility } } };
      const patch = { type: 'merge' as const, body };
      await this.asks.tenants.cluster.patch(DATA_SOURCE, place.namespace, place.name, patch, { as: keeper });
      return { uid: present.metadata.uid ?? '' };
    }
    const held = this.caches.images.get(project.namespace, spec.name)?.holds;
    if (!held && !spec.schedule?.enabled) throw imageNotReady();
    const source = held ? { clone: held } : spec.source;
    return this.asks.bring(operation, spec, place, source, keeper);
  }

  /** Removes what others see of the image; in nobody's name but that of the keepers. */
  async withdraw(
    project: Pick<ProjectRef, 'namespace' | 'name' | 'tenant'>,
    image: string,
    user = 'virtgate:clean-up',
  ): Promise<void> {
    const place = publicPlace(project, image, 'private');
    const found = await this.asks.tenants.find(NAMESPACE, '', IMAGES_NAMESPACE);
    if (found) await this.asks.takeAway(place, image, { user, groups: [KEEPERS_GROUP] });
  }

  async #ensureNamespace(): Promise<void> {
    const { cluster } = this.asks.tenants;
    const metadata = { labels: { 'app.kubernetes.io/part-of': 'virtgate' } };
    await ignoringPresence(
      cluster.create(NAMESPACE, null, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { ...metadata, name: IMAGES_NAMESPACE },
      }),
    );
    for (const [name, role, group] of [
      ['virtgate-keepers', 'virtgate:project:editor', KEEPERS_GROUP],
      // Who may use which image is the gateway's to check: a role cannot tell objects apart by their labels. Service
      // accounts are among them, for KubeVirt asks whether that of the machine may clone.
      ['virtgate-image-source', 'virtgate:image-source', 'system:authenticated'],
    ] as const) {
      await ignoringPresence(
        cluster.create(ROLE_BINDING, IMAGES_NAMESPACE, {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'RoleBinding',
          metadata: { ...metadata, name, namespace: IMAGES_NAMESPACE },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
          subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
        }),
      );
    }
  }
}

export const asKeeper = ({ user, groups }: Impersonation): Impersonation => ({
  user,
  groups: [...groups, KEEPERS_GROUP],
});

async function ignoringPresence(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isCode(error, 'cluster.already_exists')) throw error;
  }
}
