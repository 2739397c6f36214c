import { Injectable } from '@nestjs/common';
import { ClusterCache } from '../../../platform/cluster/cluster-cache.js';
import { ClusterSight } from './cluster-sight.js';

@Injectable()
export class CachedClusterSight extends ClusterSight {
  constructor(private readonly cache: ClusterCache) {
    super();
  }

  get clear(): boolean {
    return this.cache.synced;
  }

  whenClear(listener: () => void): void {
    this.cache.whenSynced().then(listener, () => {});
  }
}
