import { Args, ResolveField, Resolver } from '@nestjs/graphql';
import type { ProjectRef } from '../../../kernel/principal.js';
import { CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { Pager } from '../../../platform/paging/pager.js';
import { ClusterNetworks } from '../data/cluster-networks.js';
import type { Network } from '../domain/network.js';
import { byName, CatalogArgs } from './catalog-reading.js';
import { networksOf } from './networks.controller.js';

@Resolver('Project')
export class NetworksResolver {
  constructor(
    private readonly networks: ClusterNetworks,
    private readonly pager: Pager,
  ) {}

  @ResolveField('networks')
  @Requires('catalog:read')
  list(@CurrentProject() project: ProjectRef, @Args() args: CatalogArgs): Connection<Network> {
    const all = networksOf(this.networks, project, args.q);
    return this.pager.connection(all, { ...args, ...byName(`networks/${project.id}`, args.q) });
  }
}
