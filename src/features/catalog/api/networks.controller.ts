import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { unavailable } from '../../../kernel/failures.js';
import type { Page } from '../../../kernel/page.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { Pager } from '../../../platform/paging/pager.js';
import { ClusterNetworks } from '../data/cluster-networks.js';
import type { Network } from '../domain/network.js';
import { byName, CatalogQuery } from './catalog-reading.js';
import { NetworkPage } from './page-views.js';

@ApiTags('Catalogue')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/networks')
export class NetworksController {
  constructor(
    private readonly networks: ClusterNetworks,
    private readonly pager: Pager,
  ) {}

  /** What the interfaces of the project's machines can be on. */
  @Get()
  @Requires('catalog:read')
  @ApiOkResponse({ type: NetworkPage })
  list(@CurrentProject() project: ProjectRef, @Query() query: CatalogQuery): Page<Network> {
    const all = networksOf(this.networks, project, query.q);
    return this.pager.page(all, { ...query, ...byName(`networks/${project.id}`, query.q) });
  }
}

/** Throws service.unavailable until the cluster has been read. */
export function networksOf(
  networks: ClusterNetworks,
  project: ProjectRef,
  q: string | null | undefined,
): readonly Network[] {
  if (!networks.synced) throw unavailable('The catalogue has not been read from the cluster yet.');
  const wanted = q?.toLowerCase() ?? '';
  return networks.in(project).filter(({ name }) => name.toLowerCase().includes(wanted));
}
