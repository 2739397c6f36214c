import { Injectable } from '@nestjs/common';
import { ClusterCache, type ResourceCache } from '../../../platform/cluster/cluster-cache.js';
import type {
  SeenClaim,
  SeenEvent,
  SeenInstance,
  SeenMachine,
  SeenNode,
  SeenPod,
  SeenVolume,
} from '../domain/observed.js';
import { INSTANCES, LAUNCHERS, MACHINES } from './machine-views.js';
import { CLAIMS, EVENTS, NODES, VOLUMES } from './surroundings-views.js';

/** The live copies of all that a machine depends on. */
@Injectable()
export class DiagnosisCaches {
  readonly machines: ResourceCache<SeenMachine>;
  readonly instances: ResourceCache<SeenInstance>;
  readonly launchers: ResourceCache<SeenPod>;
  readonly claims: ResourceCache<SeenClaim>;
  readonly volumes: ResourceCache<SeenVolume>;
  readonly nodes: ResourceCache<SeenNode>;
  readonly events: ResourceCache<SeenEvent>;

  constructor(cache: ClusterCache) {
    this.machines = cache.define(MACHINES);
    this.instances = cache.define(INSTANCES);
    this.launchers = cache.define(LAUNCHERS);
    this.claims = cache.define(CLAIMS);
    this.volumes = cache.define(VOLUMES);
    this.nodes = cache.define(NODES);
    this.events = cache.define(EVENTS);
  }
}
