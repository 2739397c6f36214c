import { Injectable, Logger } from '@nestjs/common';
import { unavailable } from '../../../kernel/failures.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { ClusterCache, type Keyed, type ResourceCache } from '../../../platform/cluster/cluster-cache.js';
import { CatalogContract, type FoundNetwork } from '../catalog.contract.js';
import {
  instanceTypeUnknown,
  preferenceUnknown,
  storageClassUnknown,
  unknownName,
} from '../domain/catalog-failures.js';
import type { InstanceType, Preference, StorageClass } from '../domain/catalog-items.js';
import {
  INSTANCE_TYPES,
  PREFERENCES,
  STORAGE_CLASSES,
  STORAGE_PROFILES,
  type StorageClassView,
  type StorageProfileView,
} from './catalog-views.js';

import { ClusterNetworks } from './cluster-networks.js';

/** One kind of the catalogue: by name, sorted by name, and with the version that an ETag is made of. */
export interface Shelf<T> {
  readonly synced: boolean;
  get(name: string): T | undefined;
  all(): readonly T[];
  version(name: string): string;
}

/** The catalogue as the cluster has it. */
@Injectable()
export class ClusterCatalog extends CatalogContract {
  readonly instanceTypes: Shelf<InstanceType>;
  readonly preferences: Shelf<Preference>;
  readonly storageClasses: Shelf<StorageClass>;
  private readonly logger = new Logger('catalog');
  private readonly listeners = new Set<() => void>();
  private told = true;

  constructor(
    cache: ClusterCache,
    private readonly networks: ClusterNetworks,
  ) {
    super();
    const types = cache.define(INSTANCE_TYPES);
    const preferences = cache.define(PREFERENCES);
    const classes = cache.define(STORAGE_CLASSES);
    const profiles = cache.define(STORAGE_PROFILES);
    this.instanceTypes = itemShelf(types);
    this.preferences = itemShelf(preferences);
    this.storageClasses = new StorageShelf(classes, profiles);
    for (const part of [types, preferences, classes, profiles]) part.onChange(() => this.changed());
  }

  instanceType(name: string): InstanceType | undefined {
    return this.instanceTypes.get(name);
  }

  preference(name: string): Preference | undefined {
    return this.preferences.get(name);
  }

  storageClass(name: string): StorageClass | undefined {
    return this.storageClasses.get(name);
  }

  defaultStorageClass(): StorageClass | undefined {
    return this.storageClasses.all().find((storageClass) => storageClass.default);
  }

  requireInstanceType(name: string, pointer: string): InstanceType {
    const failure = { unknown: instanceTypeUnknown, list: '/api/v1/instance-types' };
    return required(this.instanceTypes, name, pointer, failure);
  }

  requirePreference(name: string, pointer: string): Preference {
    const failure = { unknown: preferenceUnknown, list: '/api/v1/preferences' };
    return required(this.preferences, name, pointer, failure);
  }

  requireStorageClass(name: string, pointer: string): StorageClass {
    const failure = { unknown: storageClassUnknown, list: '/api/v1/storage-classes' };
    return required(this.storageClasses, name, pointer, failure);
  }

  requireNetwork(
    project: Pick<ProjectRef, 'namespace' | 'name'>,
    name: string,
    pointer: string,
  ): FoundNetwork {
    return this.networks.require(project, name, pointer);
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** A list of a hundred kinds is one piece of news. */
  private changed(): void {
    if (!this.told) return;
    this.told = false;
    setImmediate(() => {
      this.told = true;
      for (const listener of this.listeners) {
        try {
          listener();
        } catch (error) {
          this.logger.error(error);
        }
      }
    });
  }
}

function required<T extends { name: string }>(
  shelf: Shelf<T>,
  name: string,
  pointer: string,
  { unknown, list }: { unknown: Parameters<typeof unknownName>[0]; list: string },
): T {
  const found = shelf.get(name);
  if (found) return found;
  if (!shelf.synced) throw unavailable('The catalogue has not been read from the cluster yet.');
  throw unknownName(unknown, { name, names: shelf.all().map((item) => item.name), pointer, list });
}

/** Of a kind whose view holds the finished item. */
function itemShelf<T>(cache: ResourceCache<Keyed & { item: T }>): Shelf<T> {
  return {
    get synced() {
      return cache.synced;
    },
    get: (name) => cache.get('', name)?.item,
    all: () => cache.inNamespace('').map(({ item }) => item),
    version: (name) => versionOf(cache.get('', name)),
  };
}

/** Joins each class with what CDI knows of it, and picks the default as Kubernetes and CDI do. */
class StorageShelf implements Shelf<StorageClass> {
  constructor(
    private readonly classes: ResourceCache<StorageClassView>,
    private readonly profiles: ResourceCache<StorageProfileView>,
  ) {}

  get synced(): boolean {
    return this.classes.synced && this.profiles.synced;
  }

  get(name: string): StorageClass | undefined {
    const found = this.classes.get('', name);
    return found && this.join(found, this.defaultName());
  }

  all(): readonly StorageClass[] {
    const defaultName = this.defaultName();
    return this.classes.inNamespace('').map((view) => this.join(view, defaultName));
  }

  version(name: string): string {
    const parts = [this.classes.get('', name), this.profiles.get('', name)].map(versionOf);
    return [...parts, this.defaultName() === name].join('/');
  }

  /** A default for machines goes before a default for everything; of several the newest. */
  private defaultName(): string | undefined {
    const all = this.classes.inNamespace('');
    const forMachines = all.filter(({ isDefaultForMachines }) => isDefaultForMachines);
    const candidates = forMachines.length > 0 ? forMachines : all.filter(({ isDefault }) => isDefault);
    const [first, ...rest] = candidates;
    return rest.reduce((best, next) => (next.createdAt > (best?.createdAt ?? '') ? next : best), first)?.name;
  }

  private join(view: StorageClassView, defaultName: string | undefined): StorageClass {
    const profile = this.profiles.get('', view.name);
    const accessModes = [...new Set(profile?.sets.flatMap((set) => set.accessModes) ?? [])];
    return {
      name: view.name,
      default: view.name === defaultName,
      provisioner: view.provisioner,
      accessModes,
      volumeMode: profile?.sets[0]?.volumeMode ?? null,
      modes: (profile?.sets ?? []).flatMap((set) =>
        set.accessModes.map((accessMode) => ({ accessMode, volumeMode: set.volumeMode })),
      ),
      liveMigratable: accessModes.length > 0 ? accessModes.includes('ReadWriteMany') : null,
      snapshots: profile ? profile.snapshotClass !== null : false,
      cloneStrategy: profile?.cloneStrategy ?? null,
      expandable: view.expandable,
      bindsOnFirstUse: view.bindsOnFirstUse,
    };
  }
}

const versionOf = (view: Keyed | undefined): string => (view ? `${view.uid}/${view.resourceVersion}` : '');
