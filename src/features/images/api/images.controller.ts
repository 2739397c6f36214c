import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { assertIfMatch, withEtag } from '../../../platform/http/etag.js';
import { AnswersOperation } from '../../operations/answers-operation.contract.js';
import { type Answer, answerOf } from '../../operations/outcome.contract.js';
import { ChangeImage } from '../commands/change-image.js';
import { CreateImage } from '../commands/create-image.js';
import type { ImageRow } from '../data/image-directory.js';
import type { ImageView } from '../domain/image-view.js';
import { CreateImageDto, ImagesQuery, ShareImageDto, UpdateImageDto } from './image-inputs.dto.js';
import { ImageReads } from './image-reads.js';
import { ImageDto, ImagePageDto } from './image-views.dto.js';

const viewsOf = (page: Page<ImageRow>): Page<ImageView> => ({
  ...page,
  items: page.items.map(({ view }) => view),
});

/** What tenants share with each other, and the platform with all. */
@ApiTags('Images')
@ApiBearerAuth()
@Controller('api/v1/images')
export class SharedImagesController {
  constructor(private readonly reads: ImageReads) {}

  @Get()
  @Requires('images:read', 'any')
  @ApiOkResponse({ type: ImagePageDto })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { limit, cursor, sort, ...filter }: ImagesQuery,
  ): Promise<Page<ImageView>> {
    return viewsOf(await this.reads.sharedPage(principal, filter, sort ?? 'name', { limit, cursor }));
  }
}

/** A project's own boot sources. */
@ApiTags('Images')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/images')
export class ImagesController {
  constructor(
    private readonly reads: ImageReads,
    private readonly creating: CreateImage,
    private readonly changing: ChangeImage,
  ) {}

  @Get()
  @Requires('images:read')
  @ApiOkResponse({ type: ImagePageDto })
  list(
    @CurrentProject() project: ProjectRef,
    @Query() { limit, cursor, sort, ...filter }: ImagesQuery,
  ): Page<ImageView> {
    return viewsOf(this.reads.page(project, filter, sort ?? 'name', { limit, cursor }));
  }

  @Post()
  @Requires('images:create')
  @AnswersOperation()
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Body() body: CreateImageDto,
  ): Promise<Answer> {
    return answerOf(await this.creating.execute({ principal, project }, body));
  }

  @Get(':image')
  @Requires('images:read')
  @ApiOkResponse({ type: ImageDto })
  get(@CurrentProject() project: ProjectRef, @Param('image') name: string): ImageView {
    const { view, version } = this.reads.get(project, name);
    return withEtag(view, version);
  }

  @Patch(':image')
  @Requires('images:update')
  @AnswersOperation()
  async update(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('image') name: string,
    @Body() body: UpdateImageDto,
    @Req() request: FastifyRequest,
  ): Promise<Answer> {
    assertIfMatch(request, this.reads.get(project, name).version);
    return answerOf(await this.changing.update({ principal, project }, name, body));
  }

  /** Machines that were made of it stay. */
  @Delete(':image')
  @Requires('images:delete')
  @AnswersOperation()
  async delete(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('image') name: string,
    @Req() request: FastifyRequest,
  ): Promise<Answer> {
    assertIfMatch(request, this.reads.get(project, name).version);
    return answerOf(await this.changing.delete({ principal, project }, name));
  }

  /** `private` takes back what was shared. */
  @Post(':image/share')
  @Requires('images:share')
  @AnswersOperation()
  async share(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('image') name: string,
    @Body() { visibility }: ShareImageDto,
  ): Promise<Answer> {
    return answerOf(await this.changing.share({ principal, project }, name, visibility));
  }
}
