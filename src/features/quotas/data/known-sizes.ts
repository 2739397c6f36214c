import { Injectable } from '@nestjs/common';
import { ClusterCache, type ResourceCache } from '../../../platform/cluster/cluster-cache.js';
import { CLASSES, CLUSTER_TYPE_SIZES, type ClassView, TYPE_SIZES, type TypeSize } from './size-views.js';

/** How large machines of an instance type are, and where disks lie that name no storage class. From memory. */
@Injectable()
export class KnownSizes {
  private readonly clusterTypes: ResourceCache<TypeSize>;
  private readonly types: ResourceCache<TypeSize>;
  private readonly classes: ResourceCache<ClassView>;

  constructor(cache: ClusterCache) {
    this.clusterTypes = cache.define(CLUSTER_TYPE_SIZES);
    this.types = cache.define(TYPE_SIZES);
    this.classes = cache.define(CLASSES);
  }

  /** `namespace` null: of the whole cluster. */
  instanceType(name: string, namespace: string | null): TypeSize | undefined {
    return namespace === null ? this.clusterTypes.get('', name) : this.types.get(namespace, name);
  }

  /** '' where the cluster has none. A default for machines goes before one for everything; of several, the newest. */
  defaultStorageClass(): string {
    const all = this.classes.inNamespace('');
    const forMachines = all.filter(({ isDefaultForMachines }) => isDefaultForMachines);
    const candidates = forMachines.length > 0 ? forMachines : all.filter(({ isDefault }) => isDefault);
    const newest = [...candidates].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))[0];
    return newest?.name ?? '';
  }

  /** Told when a machine of some type may count as another size. */
  onChange(listener: () => void): () => void {
    const stops = [this.clusterTypes.onChange(listener), this.types.onChange(listener)];
    return () => {
      for (const stop of stops) stop();
    };
  }
}
