import type { ProjectRef } from '../../kernel/principal.js';
import type { InstanceType, Preference, StorageClass } from './domain/catalog-items.js';

import type { Network } from './domain/network.js';

export type { InstanceType, Network, Preference, StorageClass };

export interface FoundNetwork {
  network: Network;
  /** `namespace/name`, as Multus knows it; null for the pod network. */
  multusName: string | null;
}

/** What machines can be made of. Synchronous, from the watch-fed cache. */
export abstract class CatalogContract {
  abstract instanceType(name: string): InstanceType | undefined;
  abstract preference(name: string): Preference | undefined;
  abstract storageClass(name: string): StorageClass | undefined;
  /** What the cluster takes where a request names none; undefined where it has no default. */
  abstract defaultStorageClass(): StorageClass | undefined;
  /**
   * Throw instance_type.unknown, preference.unknown, storage_class.unknown with the names that may have been meant,
   * and service.unavailable until the cluster has been read once. `pointer` says where in the request the name is.
   */
  abstract requireInstanceType(name: string, pointer: string): InstanceType;
  abstract requirePreference(name: string, pointer: string): Preference;
  abstract requireStorageClass(name: string, pointer: string): StorageClass;
  /**
   * A network that the project may use. Throws network.unknown, of another's as of none, and service.unavailable until the
   * cluster has been read once.
   */
  abstract requireNetwork(
    project: Pick<ProjectRef, 'namespace' | 'name'>,
    name: string,
    pointer: string,
  ): FoundNetwork;
  /** Told once for a burst of changes. */
  abstract onChange(listener: () => void): () => void;
}
