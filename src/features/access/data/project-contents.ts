import { Injectable } from '@nestjs/common';
import { unavailable } from '../../../kernel/failures.js';
import {
  ClusterCache,
  type Keyed,
  type ResourceCache,
  type ViewDefinition,
} from '../../../platform/cluster/cluster-cache.js';
import type { ResourceKind } from '../../../platform/cluster/cluster-client.js';
import {
  DATA_SOURCE,
  PERSISTENT_VOLUME_CLAIM,
  VIRTUAL_MACHINE,
  VIRTUAL_MACHINE_EXPORT,
  VIRTUAL_MACHINE_SNAPSHOT,
} from '../../../platform/cluster/kinds.js';

const IMAGE = 'virtgate.io/image';

/** Names only. The rooms that know these things lie higher, so this one looks for itself. */
const names = (kind: ResourceKind, labelSelector?: string): ViewDefinition<Keyed> => ({
  kind,
  optional: true,
  ...(labelSelector && { labelSelector }),
  project: ({ metadata }) => {
    const [owner] = metadata.ownerReferences ?? [];
    // What CDI fills on its way, and what lies for an image, are no disks of anybody's.
    const passing = owner?.kind === 'PersistentVolumeClaim' || owner?.kind === 'Pod';
    if (passing || (kind === PERSISTENT_VOLUME_CLAIM && metadata.labels?.[IMAGE] !== undefined)) return null;
    return {
      namespace: metadata.namespace ?? '',
      name: metadata.name,
      uid: metadata.uid ?? '',
      resourceVersion: metadata.resourceVersion ?? '',
    };
  },
});

const KINDS = {
  virtualMachines: names(VIRTUAL_MACHINE),
  disks: names(PERSISTENT_VOLUME_CLAIM),
  images: names(DATA_SOURCE, IMAGE),
  snapshots: names(VIRTUAL_MACHINE_SNAPSHOT),
  exports: names(VIRTUAL_MACHINE_EXPORT),
} as const;

/** How many of each kind a project has. */
export type Contents = Record<keyof typeof KINDS, number>;

/** What goes with a project that is deleted. */
@Injectable()
export class ProjectContents {
  private readonly caches: readonly (readonly [keyof Contents, ResourceCache<Keyed>])[];

  constructor(cache: ClusterCache) {
    this.caches = Object.entries(KINDS).map(
      ([kind, definition]) => [kind as keyof Contents, cache.define(definition)] as const,
    );
  }

  /** Throws service.unavailable until the cluster has been read once. */
  of(namespace: string): Contents {
    if (this.caches.some(([, { synced }]) => !synced)) {
      throw unavailable('What is in the project is not known yet.');
    }
    const counts = this.caches.map(([kind, cache]) => [kind, cache.inNamespace(namespace).length]);
    return Object.fromEntries(counts) as Contents;
  }
}
