import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Page } from '../../../kernel/page.js';
import { Requires } from '../../../platform/access/requires.js';
import { withEtag } from '../../../platform/http/etag.js';
import { Pager } from '../../../platform/paging/pager.js';
import { ClusterCatalog, type Shelf } from '../data/cluster-catalog.js';
import { byName, CatalogQuery, CatalogReading } from './catalog-reading.js';
import { InstanceTypeView, PreferenceView, StorageClassView } from './catalog-views.js';
import { InstanceTypePage, PreferencePage, StorageClassPage } from './page-views.js';

/** What machines can be made of: the same for every project. */
@ApiTags('Catalogue')
@ApiBearerAuth()
@Controller('api/v1')
@Requires('catalog:read', 'any')
export class CatalogController {
  constructor(
    private readonly catalog: ClusterCatalog,
    private readonly reading: CatalogReading,
    private readonly pager: Pager,
  ) {}

  @Get('instance-types')
  @ApiOkResponse({ type: InstanceTypePage })
  instanceTypes(@Query() query: CatalogQuery): Page<InstanceTypeView> {
    return this.page(this.catalog.instanceTypes, 'instance-types', query);
  }

  @Get('instance-types/:name')
  @ApiOkResponse({ type: InstanceTypeView })
  instanceType(@Param('name') name: string): InstanceTypeView {
    return this.one(this.catalog.instanceTypes, 'instance type', name);
  }

  @Get('preferences')
  @ApiOkResponse({ type: PreferencePage })
  preferences(@Query() query: CatalogQuery): Page<PreferenceView> {
    return this.page(this.catalog.preferences, 'preferences', query);
  }

  @Get('preferences/:name')
  @ApiOkResponse({ type: PreferenceView })
  preference(@Param('name') name: string): PreferenceView {
    return this.one(this.catalog.preferences, 'preference', name);
  }

  @Get('storage-classes')
  @ApiOkResponse({ type: StorageClassPage })
  storageClasses(@Query() query: CatalogQuery): Page<StorageClassView> {
    return this.page(this.catalog.storageClasses, 'storage-classes', query);
  }

  @Get('storage-classes/:name')
  @ApiOkResponse({ type: StorageClassView })
  storageClass(@Param('name') name: string): StorageClassView {
    return this.one(this.catalog.storageClasses, 'storage class', name);
  }

  private page<T extends { name: string }>(shelf: Shelf<T>, list: string, query: CatalogQuery): Page<T> {
    return this.pager.page(this.reading.list(shelf, query.q), { ...query, ...byName(list, query.q) });
  }

  private one<T extends object>(shelf: Shelf<T>, noun: string, name: string): T {
    // A copy: the version is remembered with the object, and the one of the cache outlives this answer.
    return withEtag({ ...this.reading.one(shelf, noun, name) }, `${noun}/${shelf.version(name)}`);
  }
}
