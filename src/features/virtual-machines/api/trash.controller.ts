import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { assertIfMatch, withEtag } from '../../../platform/http/etag.js';
import { AnswersOperation } from '../../operations/answers-operation.contract.js';
import { type Answer, answerOf } from '../../operations/outcome.contract.js';
import { PurgeVm } from '../commands/purge-vm.js';
import { UndeleteVm } from '../commands/undelete-vm.js';
import type { TrashView } from '../domain/trash-view.js';
import { TrashedMachineDto, TrashPageDto, TrashQuery } from './trash.dto.js';
import { TrashReads } from './trash-reads.js';

@ApiTags('Trash')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/trash')
export class TrashController {
  constructor(
    private readonly reads: TrashReads,
    private readonly undeleting: UndeleteVm,
    private readonly purging: PurgeVm,
  ) {}

  @Get()
  @Requires('vms:read')
  @ApiOkResponse({ type: TrashPageDto })
  list(@CurrentProject() project: ProjectRef, @Query() query: TrashQuery): Page<TrashView> {
    const page = this.reads.page(project, query);
    return { ...page, items: page.items.map(({ view }) => view) };
  }

  @Get(':vm')
  @Requires('vms:read')
  @ApiOkResponse({ type: TrashedMachineDto })
  get(@CurrentProject() project: ProjectRef, @Param('vm') name: string): TrashView {
    const { view, version } = this.reads.get(project, name);
    return withEtag(view, version);
  }

  /** Back as it was; one that ran by itself runs again, which also needs vms:start. */
  @Post(':vm/undelete')
  @HttpCode(202)
  @Requires('vms:create')
  @AnswersOperation()
  async undelete(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
  ): Promise<Answer> {
    return answerOf(await this.undeleting.execute({ principal, project }, name));
  }

  /** Deletes it for good, before its time, with the disks and snapshots that were chosen when it was deleted. */
  @Delete(':vm')
  @HttpCode(202)
  @Requires('vms:delete')
  @AnswersOperation()
  async purge(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Req() request: FastifyRequest,
  ): Promise<Answer> {
    assertIfMatch(request, this.reads.get(project, name).version);
    return answerOf(await this.purging.execute({ principal, project }, name));
  }
}
