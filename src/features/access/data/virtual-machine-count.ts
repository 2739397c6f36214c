import { Injectable } from '@nestjs/common';
import { unavailable } from '../../../kernel/failures.js';
import {
  ClusterCache,
  type Keyed,
  type ResourceCache,
  type ViewDefinition,
} from '../../../platform/cluster/cluster-cache.js';
import { VIRTUAL_MACHINE } from '../../../platform/cluster/kinds.js';

/** Names only. The room that knows machines lies higher, so this one looks for itself. */
const VIRTUAL_MACHINES: ViewDefinition<Keyed> = {
  kind: VIRTUAL_MACHINE,
  optional: true,
  project: ({ metadata }) => ({
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
  }),
};

/** How full a project is, as far as deleting it is concerned. */
@Injectable()
export class VirtualMachineCount {
  private readonly machines: ResourceCache<Keyed>;

  constructor(cache: ClusterCache) {
    this.machines = cache.define(VIRTUAL_MACHINES);
  }

  /** Throws service.unavailable until the cluster has been read once. */
  inNamespace(namespace: string): number {
    if (!this.machines.synced) throw unavailable('The virtual machines are not known yet.');
    return this.machines.inNamespace(namespace).length;
  }
}
