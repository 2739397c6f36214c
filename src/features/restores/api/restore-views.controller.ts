import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Page } from '../../../kernel/page.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { withEtag } from '../../../platform/http/etag.js';
import type { RestoreView } from '../domain/restore-view.js';
import { RestoresQuery } from './restore.dto.js';
import { RestoreReads } from './restore-reads.js';
import { RestoreDto, RestorePageDto } from './views.dto.js';

/** What is being or was restored, also by whoever speaks to the cluster without virtgate. */
@ApiTags('Snapshots')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/restores')
export class RestoreViewsController {
  constructor(private readonly reads: RestoreReads) {}

  @Get()
  @Requires('snapshots:read')
  @ApiOkResponse({ type: RestorePageDto })
  list(@CurrentProject() project: ProjectRef, @Query() query: RestoresQuery): Page<RestoreView> {
    const { limit, cursor, ...filter } = query;
    const page = this.reads.page(project, filter, { limit, cursor });
    return { ...page, items: page.items.map(({ view }) => view) };
  }

  @Get(':restore')
  @Requires('snapshots:read')
  @ApiOkResponse({ type: RestoreDto })
  get(@CurrentProject() project: ProjectRef, @Param('restore') name: string): RestoreView {
    const { view, version } = this.reads.get(project, name);
    return withEtag(view, version);
  }
}
