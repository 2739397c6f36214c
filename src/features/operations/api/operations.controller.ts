import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { Principal } from '../../../kernel/principal.js';
import { CurrentPrincipal } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { withEtag } from '../../../platform/http/etag.js';
import { AnswersOperation } from '../answers-operation.contract.js';
import { CancelOperationCommand } from '../commands/cancel-operation.js';
import { isSettled } from '../domain/operation.js';
import type { OperationView } from '../operations.contract.js';
import { eventStream, lastEventId } from './event-stream.js';
import { OperationDto, OperationPageDto, OperationsQuery } from './operation.dto.js';
import { OperationAccess } from './operation-access.js';
import { OperationList } from './operation-list.js';
import { OperationStream } from './operation-stream.js';

@ApiTags('Operations')
@ApiBearerAuth()
@Controller('api/v1/operations')
export class OperationsController {
  constructor(
    private readonly operations: OperationList,
    private readonly access: OperationAccess,
    private readonly stream: OperationStream,
    private readonly cancelling: CancelOperationCommand,
  ) {}

  /** Newest first. */
  @Get()
  @Requires('operations:read', 'any')
  @ApiOkResponse({ type: OperationPageDto })
  list(
    @CurrentPrincipal() principal: Principal,
    @Query() query: OperationsQuery,
  ): Promise<Page<OperationView>> {
    const { limit, cursor, ...search } = query;
    return this.operations.page(principal, search, { limit, cursor });
  }

  @Get(':operation')
  @Requires('operations:read', 'any')
  @ApiOkResponse({ type: OperationDto })
  async get(
    @CurrentPrincipal() principal: Principal,
    @Param('operation') id: string,
  ): Promise<OperationView> {
    const { view, version } = await this.access.find(principal, id);
    return withEtag(view, `operation/${view.id}/${version}`);
  }

  @Post(':operation/cancel')
  @Requires('operations:cancel', 'any')
  @AnswersOperation()
  async cancel(
    @CurrentPrincipal() principal: Principal,
    @Param('operation') id: string,
  ): Promise<OperationView> {
    const { view } = await this.access.find(principal, id, 'operations:cancel');
    return this.cancelling.execute(principal, view.id);
  }

  /** Server-sent events `operation`, each with the whole operation, at every change until it has settled. */
  @Get(':operation/events')
  @Requires('operations:read', 'any')
  @ApiProduces('text/event-stream')
  @ApiOkResponse({
    description: 'Events of name `operation`; the data is the operation, the id its version.',
  })
  async events(
    @CurrentPrincipal() principal: Principal,
    @Param('operation') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<FastifyReply> {
    const found = await this.access.find(principal, id);
    const after = lastEventId(request.headers['last-event-id']);
    // 204 tells an EventSource, which would come again for ever, that there is no more.
    if (isSettled(found.view) && after >= found.version) return reply.code(204).send();
    const ended = new AbortController();
    const changes = this.stream.open(principal, found, after, ended.signal);
    return reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .send(eventStream(changes, { ended }));
  }
}
