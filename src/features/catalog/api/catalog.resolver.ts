import { Args, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../../../platform/access/requires.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { Pager } from '../../../platform/paging/pager.js';
import { ClusterCatalog, type Shelf } from '../data/cluster-catalog.js';
import type { InstanceType, Preference, StorageClass } from '../domain/catalog-items.js';
import { byName, CatalogArgs, CatalogReading, NameArgs } from './catalog-reading.js';

/** What machines can be made of: the same for every project. */
@Resolver()
@Requires('catalog:read', 'any')
export class CatalogResolver {
  constructor(
    private readonly catalog: ClusterCatalog,
    private readonly reading: CatalogReading,
    private readonly pager: Pager,
  ) {}

  @Query('instanceTypes')
  instanceTypes(@Args() args: CatalogArgs): Connection<InstanceType> {
    return this.connection(this.catalog.instanceTypes, 'instance-types', args);
  }

  @Query('instanceType')
  instanceType(@Args() { name }: NameArgs): InstanceType {
    return this.reading.one(this.catalog.instanceTypes, 'instance type', name);
  }

  @Query('preferences')
  preferences(@Args() args: CatalogArgs): Connection<Preference> {
    return this.connection(this.catalog.preferences, 'preferences', args);
  }

  @Query('preference')
  preference(@Args() { name }: NameArgs): Preference {
    return this.reading.one(this.catalog.preferences, 'preference', name);
  }

  @Query('storageClasses')
  storageClasses(@Args() args: CatalogArgs): Connection<StorageClass> {
    return this.connection(this.catalog.storageClasses, 'storage-classes', args);
  }

  @Query('storageClass')
  storageClass(@Args() { name }: NameArgs): StorageClass {
    return this.reading.one(this.catalog.storageClasses, 'storage class', name);
  }

  private connection<T extends { name: string }>(
    shelf: Shelf<T>,
    list: string,
    args: CatalogArgs,
  ): Connection<T> {
    return this.pager.connection(this.reading.list(shelf, args.q), { ...args, ...byName(list, args.q) });
  }
}
