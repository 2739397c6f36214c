import type { InstanceType, Preference, StorageClass } from './domain/catalog-items.js';

export type { InstanceType, Preference, StorageClass };

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
  /** Told once for a burst of changes. */
  abstract onChange(listener: () => void): () => void;
}
