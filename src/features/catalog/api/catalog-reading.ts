import { Injectable } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { notFound, unavailable } from '../../../kernel/failures.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import type { Shelf } from '../data/cluster-catalog.js';

export class CatalogQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Part of the name.' })
  @IsOptional()
  @IsString()
  @MaxLength(63)
  q?: string;
}

export class CatalogArgs extends ConnectionArgs {
  @IsOptional()
  @IsString()
  @MaxLength(63)
  q?: string | null;
}

export class NameArgs {
  @IsString()
  @MaxLength(253)
  name!: string;
}

/** What the doors of REST and GraphQL ask of a shelf alike. Throws service.unavailable until it has been filled. */
@Injectable()
export class CatalogReading {
  list<T extends { name: string }>(shelf: Shelf<T>, q: string | null | undefined): readonly T[] {
    if (!shelf.synced) throw unavailable('The catalogue has not been read from the cluster yet.');
    const wanted = q?.toLowerCase();
    return wanted ? shelf.all().filter(({ name }) => name.toLowerCase().includes(wanted)) : shelf.all();
  }

  one<T>(shelf: Shelf<T>, noun: string, name: string): T {
    const found = shelf.get(name);
    if (found) return found;
    if (!shelf.synced) throw unavailable('The catalogue has not been read from the cluster yet.');
    throw notFound(`There is no ${noun} "${name}".`);
  }
}

/** The order and the key of every list of the catalogue; `list` binds a cursor to its list. */
export const byName = (list: string, q: string | null | undefined) => ({
  order: 'name',
  filter: [list, q ?? null],
  keyOf: ({ name }: { name: string }) => [name],
});
