import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { assertIfMatch, withEtag } from '../../../platform/http/etag.js';
import { AnswersOperation } from '../../operations/answers-operation.contract.js';
import { type Answer, answerOf } from '../../operations/outcome.contract.js';
import { CreateExport } from '../commands/create-export.js';
import { DeleteExport } from '../commands/delete-export.js';
import type { ExportView } from '../domain/export-view.js';
import { Downloads } from './downloads.js';
import { ExportReads } from './export-reads.js';
import { CreateExportDto, CreateExportLinkDto, DownloadQuery, ExportsQuery } from './exports.dto.js';
import { ExportDto, ExportLinkDto, ExportPageDto } from './views.dto.js';

@ApiTags('Exports')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/exports')
export class ExportsController {
  constructor(
    private readonly reads: ExportReads,
    private readonly creating: CreateExport,
    private readonly deleting: DeleteExport,
    private readonly downloads: Downloads,
  ) {}

  @Get()
  @Requires('exports:read')
  @ApiOkResponse({ type: ExportPageDto })
  list(@CurrentProject() project: ProjectRef, @Query() query: ExportsQuery): Page<ExportView> {
    const page = this.reads.page(project, query);
    return { ...page, items: page.items.map(({ view }) => view) };
  }

  /** A virtual machine as source must be stopped, a disk free. */
  @Post()
  @Requires('exports:create')
  @AnswersOperation()
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Body() body: CreateExportDto,
  ): Promise<Answer> {
    return answerOf(await this.creating.execute({ principal, project }, body));
  }

  @Get(':export')
  @Requires('exports:read')
  @ApiOkResponse({ type: ExportDto })
  get(@CurrentProject() project: ProjectRef, @Param('export') name: string): ExportView {
    const { view, version } = this.reads.get(project, name);
    return withEtag(view, version);
  }

  @Delete(':export')
  @HttpCode(202)
  @Requires('exports:delete')
  @AnswersOperation()
  async delete(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('export') name: string,
    @Req() request: FastifyRequest,
  ): Promise<Answer> {
    assertIfMatch(request, this.reads.get(project, name).version);
    return answerOf(await this.deleting.execute({ principal, project }, name));
  }

  /**
   * The bytes of a volume. `Range` and `If-Range` work on raw; `Want-Content-Digest: sha-256=1` asks for the digest
   * as a trailer, in place of a length.
   */
  @Get(':export/volumes/:volume')
  @Requires('exports:download')
  @ApiProduces('application/octet-stream', 'application/gzip')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  download(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('export') name: string,
    @Param('volume') volume: string,
    @Query() { format = 'raw' }: DownloadQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const wanted = { export: name, volume, format };
    return this.downloads.send({ principal, project }, wanted, request, reply);
  }

  /** An address that gives one volume once, to whoever has it. */
  @Post(':export/links')
  @Requires('exports:download')
  @ApiCreatedResponse({ type: ExportLinkDto })
  link(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('export') name: string,
    @Body() { volume, format, expiresIn }: CreateExportLinkDto,
  ): Promise<ExportLinkDto> {
    const wanted = { export: name, volume, format: format ?? 'raw' };
    return this.downloads.link({ principal, project }, wanted, expiresIn ?? null);
  }
}
