import { Injectable } from '@nestjs/common';
import { ClusterCache, type ResourceCache } from '../../../platform/cluster/cluster-cache.js';
import type { DiskUse } from '../domain/disk-view.js';
import type { ObservedDataVolume, ObservedDiskClaim, ObservedDiskUser } from '../domain/observed.js';
import {
  cdiConfigViews,
  diskClaimViews,
  diskDataVolumeViews,
  instanceUseViews,
  machineUseViews,
  type ObservedCdiConfig,
} from './disk-views.js';

/** The live copies of everything that a disk is made of. */
@Injectable()
export class DiskCaches {
  readonly claims: ResourceCache<ObservedDiskClaim>;
  readonly dataVolumes: ResourceCache<ObservedDataVolume>;
  readonly machines: ResourceCache<ObservedDiskUser>;
  readonly instances: ResourceCache<ObservedDiskUser>;
  readonly configs: ResourceCache<ObservedCdiConfig>;

  constructor(cache: ClusterCache) {
    this.claims = cache.define(diskClaimViews);
    this.dataVolumes = cache.define(diskDataVolumeViews);
    this.machines = cache.define(machineUseViews);
    this.instances = cache.define(instanceUseViews);
    this.configs = cache.define(cdiConfigViews);
  }

  get config(): ObservedCdiConfig | undefined {
    return [...this.configs.all()][0];
  }

  /** Every machine that refers to the claim, or that holds it still while it runs. */
  usesOf(namespace: string, disk: string): DiskUse[] {
    const key = `${namespace}/${disk}`;
    const uses = new Map<string, DiskUse>();
    for (const [users, running] of [
      [this.machines.by('claim', key), false],
      [this.instances.by('claim', key), true],
    ] as const) {
      for (const { name: machine, volumes } of users) {
        for (const { name: volume, readOnly, shared } of volumes.filter(({ claim }) => claim === disk)) {
          uses.set(`${machine}/${volume}`, { machine, volume, running, readOnly, shared });
        }
      }
    }
    return [...uses.values()];
  }

  /** Calls back with the disk that any change concerns. */
  onChange(listener: (namespace: string, disk: string) => void): () => void {
    const used = (view: ObservedDiskUser, previous: ObservedDiskUser | null) => {
      const claims = [...view.volumes, ...(previous?.volumes ?? [])].map(({ claim }) => claim);
      for (const claim of new Set(claims)) listener(view.namespace, claim);
    };
    const stops = [
      this.claims.onChange(({ view }) => listener(view.namespace, view.name)),
      this.dataVolumes.onChange(({ view }) => listener(view.namespace, view.name)),
      this.machines.onChange(({ view, previous }) => used(view, previous)),
      this.instances.onChange(({ view, previous }) => used(view, previous)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }
}
