import { Args, Mutation, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { assertIfMatch } from '../../../platform/http/etag.js';
import type { Connection } from '../../../platform/paging/connection.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { type Outcome, type Preview } from '../../operations/outcome.contract.js';
import { ChangeImage } from '../commands/change-image.js';
import { CreateImage } from '../commands/create-image.js';
import type { ImageRow } from '../data/image-directory.js';
import type { ImageOrder } from '../data/image-listing.js';
import {
  CreateImageInput,
  DeleteImageInput,
  IMAGE_ORDER_NAMES,
  ImagesArgs,
  ShareImageInput,
  UpdateImageInput,
} from './image-inputs.dto.js';
import { ImageReads } from './image-reads.js';

const orderOf = ({ orderBy }: ImagesArgs): ImageOrder => IMAGE_ORDER_NAMES[orderBy ?? 'NAME'];

interface ImagePayload {
  operation: OperationView | null;
  image: ImageRow | null;
  preview: Preview | null;
}

@Resolver()
export class ImagesResolver {
  constructor(
    private readonly reads: ImageReads,
    private readonly creating: CreateImage,
    private readonly changing: ChangeImage,
  ) {}

  @Query('images')
  @Requires('images:read', 'any')
  images(@CurrentPrincipal() principal: Principal, @Args() args: ImagesArgs): Promise<Connection<ImageRow>> {
    return this.reads.sharedConnection(principal, args, orderOf(args), args);
  }

  @Mutation('createImage')
  @Requires('images:create')
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { project: _project, ...body }: CreateImageInput,
  ): Promise<ImagePayload> {
    return this.payload(project, body.name, await this.creating.execute({ principal, project }, body));
  }

  @Mutation('updateImage')
  @Requires('images:update')
  async update(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { project: _project, name, ifMatch, ...body }: UpdateImageInput,
  ): Promise<ImagePayload> {
    this.assertUnchanged(project, name, ifMatch);
    return this.payload(project, name, await this.changing.update({ principal, project }, name, body));
  }

  @Mutation('deleteImage')
  @Requires('images:delete')
  async delete(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name, ifMatch }: DeleteImageInput,
  ): Promise<ImagePayload> {
    this.assertUnchanged(project, name, ifMatch);
    return this.payload(project, name, await this.changing.delete({ principal, project }, name));
  }

  @Mutation('shareImage')
  @Requires('images:share')
  async share(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name, visibility }: ShareImageInput,
  ): Promise<ImagePayload> {
    return this.payload(project, name, await this.changing.share({ principal, project }, name, visibility));
  }

  private payload(project: ProjectRef, name: string, outcome: Outcome): ImagePayload {
    return {
      operation: outcome.preview ? null : outcome.operation,
      image: this.reads.find(project, name),
      preview: outcome.preview ?? null,
    };
  }

  private assertUnchanged(project: ProjectRef, name: string, ifMatch: string | null | undefined): void {
    if (ifMatch) assertIfMatch({ 'if-match': ifMatch }, this.reads.get(project, name).version);
  }
}

/** A project's images. */
@Resolver('Project')
export class ProjectImagesResolver {
  constructor(private readonly reads: ImageReads) {}

  @ResolveField('images')
  @Requires('images:read')
  images(@CurrentProject() project: ProjectRef, @Args() args: ImagesArgs): Connection<ImageRow> {
    return this.reads.connection(project, args, orderOf(args), args);
  }

  @ResolveField('image')
  @Requires('images:read')
  image(@CurrentProject() project: ProjectRef, @Args('name') name: string): ImageRow | null {
    return this.reads.find(project, name);
  }
}
