import { Injectable } from '@nestjs/common';
import { ClusterCache, type Keyed, type ResourceCache } from '../../../platform/cluster/cluster-cache.js';
import type { Entry } from '../domain/entry.js';
import type { SeenMachine, SeenNamespace } from '../domain/observed.js';
import { usageOf } from '../domain/usage.js';
import { KnownSizes } from './known-sizes.js';
import {
  seenClaims,
  seenContents,
  seenDataVolumes,
  seenExports,
  seenImages,
  seenInstances,
  seenMachines,
  seenRestores,
  seenSnapshots,
} from './usage-views.js';

type Caches = { [Kind in keyof SeenNamespace]: ResourceCache<SeenNamespace[Kind][number]> };

/** What the cluster's live copy in this process amounts to. */
@Injectable()
export class SeenUsage {
  private readonly caches: Caches;

  constructor(
    private readonly cluster: ClusterCache,
    private readonly sizes: KnownSizes,
  ) {
    this.caches = {
      machines: cluster.define(seenMachines),
      instances: cluster.define(seenInstances),
      claims: cluster.define(seenClaims),
      dataVolumes: cluster.define(seenDataVolumes),
      snapshots: cluster.define(seenSnapshots),
      contents: cluster.define(seenContents),
      restores: cluster.define(seenRestores),
      exports: cluster.define(seenExports),
      images: cluster.define(seenImages),
    };
  }

  get synced(): boolean {
    return this.cluster.synced;
  }

  whenSynced(): Promise<void> {
    return this.cluster.whenSynced();
  }

  of(namespace: string): Entry[] {
    const seen = Object.fromEntries(
      Object.entries(this.caches).map(([kind, cache]) => [kind, cache.inNamespace(namespace)]),
    ) as unknown as SeenNamespace;
    return usageOf(seen, (type: NonNullable<SeenMachine['instanceType']>) =>
      this.sizes.instanceType(type.name, type.namespaced ? namespace : null),
    );
  }

  /** Told the namespace in which something that counts has changed; null: anywhere. */
  onChange(listener: (namespace: string | null) => void): () => void {
    const stops = (Object.values(this.caches) as ResourceCache<Keyed>[]).map((cache) =>
      cache.onChange(({ view }) => listener(view.namespace)),
    );
    stops.push(this.sizes.onChange(() => listener(null)));
    return () => {
      for (const stop of stops) stop();
    };
  }
}
