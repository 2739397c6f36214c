import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { assertIfMatch, withEtag } from '../../../platform/http/etag.js';
import { AnswersOperation } from '../../operations/answers-operation.contract.js';
import { type Answer, answerOf } from '../../operations/outcome.contract.js';
import { CreateSnapshot } from '../commands/create-snapshot.js';
import { DeleteSnapshot } from '../commands/delete-snapshot.js';
import { deadlineSeconds } from '../domain/deadline.js';
import type { SnapshotView } from '../domain/snapshot-view.js';
import { CreateSnapshotDto, SnapshotsQuery } from './inputs.dto.js';
import { SnapshotReads } from './snapshot-reads.js';
import { SnapshotDto, SnapshotPageDto } from './views.dto.js';

@ApiTags('Snapshots')
@ApiBearerAuth()
@Controller('api/v1/projects/:project')
export class SnapshotsController {
  constructor(
    private readonly reads: SnapshotReads,
    private readonly creating: CreateSnapshot,
    private readonly deleting: DeleteSnapshot,
  ) {}

  /** Online with the guest's file systems frozen where its agent answers, else as a crash would leave them. */
  @Post('vms/:vm/snapshots')
  @Requires('snapshots:create')
  @AnswersOperation()
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') vm: string,
    @Body() { name, failureDeadline }: CreateSnapshotDto,
  ): Promise<Answer> {
    const failureDeadlineSeconds = deadlineSeconds(failureDeadline ?? '');
    return answerOf(
      await this.creating.execute({ principal, project }, vm, { name, failureDeadlineSeconds }),
    );
  }

  @Get('snapshots')
  @Requires('snapshots:read')
  @ApiOkResponse({ type: SnapshotPageDto })
  list(@CurrentProject() project: ProjectRef, @Query() query: SnapshotsQuery): Page<SnapshotView> {
    const { limit, cursor, ...filter } = query;
    const page = this.reads.page(project, filter, { limit, cursor });
    return { ...page, items: page.items.map(({ view }) => view) };
  }

  @Get('snapshots/:snapshot')
  @Requires('snapshots:read')
  @ApiOkResponse({ type: SnapshotDto })
  get(@CurrentProject() project: ProjectRef, @Param('snapshot') name: string): SnapshotView {
    const { view, version } = this.reads.get(project, name);
    return withEtag(view, version);
  }

  @Delete('snapshots/:snapshot')
  @HttpCode(202)
  @Requires('snapshots:delete')
  @AnswersOperation()
  async delete(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('snapshot') name: string,
    @Req() request: FastifyRequest,
  ): Promise<Answer> {
    assertIfMatch(request, this.reads.get(project, name).version);
    return answerOf(await this.deleting.execute({ principal, project }, name));
  }
}
