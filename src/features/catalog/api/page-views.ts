import type { Type } from '@nestjs/common';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { InstanceTypeView, NetworkDto, PreferenceView, StorageClassView } from './catalog-views.js';

/** A page of a list, for OpenAPI. */
function pageOf<T>(item: Type<T>, name: string) {
  @ApiSchema({ name })
  class PageView {
    @ApiProperty({ type: [item] }) items!: T[];
    @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
    @ApiProperty({ type: 'integer', description: 'All that the filter matches.' }) total!: number;
  }
  return PageView;
}

export const InstanceTypePage = pageOf(InstanceTypeView, 'InstanceTypePage');
export const PreferencePage = pageOf(PreferenceView, 'PreferencePage');
export const StorageClassPage = pageOf(StorageClassView, 'StorageClassPage');
export const NetworkPage = pageOf(NetworkDto, 'NetworkPage');
