import { Injectable, Optional } from '@nestjs/common';
import { unavailable } from '../../../kernel/failures.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { ClusterCache, type ResourceCache } from '../../../platform/cluster/cluster-cache.js';
import { TenantPolicy } from '../../../platform/tenant-policy/tenant-policy.js';
import type { FoundNetwork } from '../catalog.contract.js';
import { networkUnknown, unknownName } from '../domain/catalog-failures.js';
import { type Network, POD_NETWORK } from '../domain/network.js';
import { NETWORKS, type NetworkView } from './network-views.js';

type Place = Pick<ProjectRef, 'namespace' | 'name'>;

/**
 * The networks that a project sees: the pod's, the definitions in its own namespace, and those of the namespaces that the
 * platform shares. Of all others it is told that there is no such network.
 */
@Injectable()
export class ClusterNetworks {
  private readonly definitions: ResourceCache<NetworkView>;

  constructor(
    cache: ClusterCache,
    @Optional() private readonly policy: TenantPolicy = new TenantPolicy(),
  ) {
    this.definitions = cache.define(NETWORKS);
  }

  get synced(): boolean {
    return this.definitions.synced;
  }

  in({ namespace }: Place): readonly Network[] {
    const own = this.definitions.inNamespace(namespace).map(({ network }) => ({ ...network, shared: false }));
    const shared = this.sharedDefinitions()
      .filter((view) => view.namespace !== namespace)
      .map((view) => ({ ...view.network, name: `${view.namespace}/${view.name}`, shared: true }));
    return [POD_NETWORK, ...own, ...shared].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  private sharedDefinitions(): readonly NetworkView[] {
    const { networkNamespaces } = this.policy;
    if (networkNamespaces === 'all') return [...this.definitions.all()];
    return networkNamespaces.flatMap((namespace) => this.definitions.inNamespace(namespace));
  }

  require(project: Place, name: string, pointer: string): FoundNetwork {
    if (name === POD_NETWORK.name) return { network: POD_NETWORK, multusName: null };
    if (!this.synced) throw unavailable('The catalogue has not been read from the cluster yet.');
    const all = this.in(project);
    const network = all.find((candidate) => candidate.name === name);
    if (!network) {
      throw unknownName(networkUnknown, {
        name,
        names: all.map((one) => one.name),
        pointer,
        list: `/api/v1/projects/${project.name}/networks`,
      });
    }
    return { network, multusName: network.shared ? network.name : `${project.namespace}/${network.name}` };
  }
}
