import { Injectable } from '@nestjs/common';
import { ClusterCache, type ResourceCache } from '../../../platform/cluster/cluster-cache.js';
import type {
  ObservedClaim,
  ObservedExport,
  ObservedInstance,
  ObservedMachine,
  ObservedSnapshot,
} from '../domain/observed.js';
import { claimViews, exportViews, instanceViews, machineViews, snapshotViews } from './cluster-views.js';

/** The live copies of exports and of what they are made from. */
@Injectable()
export class ExportCaches {
  readonly exports: ResourceCache<ObservedExport>;
  readonly claims: ResourceCache<ObservedClaim>;
  readonly snapshots: ResourceCache<ObservedSnapshot>;
  readonly instances: ResourceCache<ObservedInstance>;
  readonly machines: ResourceCache<ObservedMachine>;

  constructor(cache: ClusterCache) {
    this.exports = cache.define(exportViews);
    this.claims = cache.define(claimViews);
    this.snapshots = cache.define(snapshotViews);
    this.instances = cache.define(instanceViews);
    this.machines = cache.define(machineViews);
  }
}
