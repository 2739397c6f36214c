import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { assertIfMatch, withEtag } from '../../../platform/http/etag.js';
import { AnswersOperation } from '../../operations/answers-operation.contract.js';
import { type Answer, answerOf } from '../../operations/outcome.contract.js';
import { ChangeDisk } from '../commands/change-disk.js';
import { CreateDisk } from '../commands/create-disk.js';
import { DeleteDisk } from '../commands/delete-disk.js';
import type { DiskView } from '../domain/disk-view.js';
import { DiskReads } from './disk-reads.js';
import { DiskDto, DiskPageDto } from './disk-views.dto.js';
import { ChangeDiskDto, CreateDiskDto, DisksQuery } from './disks.dto.js';

@ApiTags('Disks')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/disks')
export class DisksController {
  constructor(
    private readonly reads: DiskReads,
    private readonly creating: CreateDisk,
    private readonly changing: ChangeDisk,
    private readonly deleting: DeleteDisk,
  ) {}

  @Get()
  @Requires('disks:read')
  @ApiOkResponse({ type: DiskPageDto })
  list(@CurrentProject() project: ProjectRef, @Query() query: DisksQuery): Page<DiskView> {
    const { q, state, storageClass, vm, attached, label, sort = 'name', limit, cursor } = query;
    const filter = { q, state, storageClass, machine: vm, attached, labels: label };
    const page = this.reads.page(project, filter, sort, { limit, cursor });
    return { ...page, items: page.items.map(({ view }) => view) };
  }

  @Post()
  @Requires('disks:create')
  @AnswersOperation()
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Body() body: CreateDiskDto,
  ): Promise<Answer> {
    return answerOf(await this.creating.execute({ principal, project }, body));
  }

  @Get(':disk')
  @Requires('disks:read')
  @ApiOkResponse({ type: DiskDto })
  get(@CurrentProject() project: ProjectRef, @Param('disk') name: string): DiskView {
    const { view, version } = this.reads.get(project, name);
    return withEtag(view, version);
  }

  @Patch(':disk')
  @Requires('disks:update')
  @AnswersOperation()
  async change(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('disk') name: string,
    @Body() body: ChangeDiskDto,
    @Req() request: FastifyRequest,
  ): Promise<Answer> {
    assertIfMatch(request, this.reads.get(project, name).version);
    return answerOf(await this.changing.execute({ principal, project }, name, body));
  }

  @Delete(':disk')
  @HttpCode(202)
  @Requires('disks:delete')
  @AnswersOperation()
  async delete(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('disk') name: string,
    @Req() request: FastifyRequest,
  ): Promise<Answer> {
    assertIfMatch(request, this.reads.get(project, name).version);
    return answerOf(await this.deleting.execute({ principal, project }, name));
  }
}
