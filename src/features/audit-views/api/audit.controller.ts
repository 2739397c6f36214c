import { Readable } from 'node:stream';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { Principal } from '../../../kernel/principal.js';
import { CurrentPrincipal } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { AuditExportQuery, AuditPageView, AuditQuery, type AuditRecordView } from './audit.dto.js';
import { AuditList } from './audit-list.js';

/** Who did what, with what result; newest first. */
@ApiTags('Audit')
@ApiBearerAuth()
@Controller('api/v1/audit')
export class AuditController {
  constructor(private readonly list: AuditList) {}

  @Get()
  @Requires('audit:read', 'any')
  @ApiOkResponse({ type: AuditPageView })
  find(@CurrentPrincipal() principal: Principal, @Query() query: AuditQuery): Promise<Page<AuditRecordView>> {
    return this.list.page(principal, query);
  }

  /** All that the filter matches, oldest first, one JSON object a line. */
  @Get('export')
  @Requires('audit:read', 'any')
  @ApiProduces('application/x-ndjson')
  @ApiOkResponse({ schema: { type: 'string' } })
  export(
    @CurrentPrincipal() principal: Principal,
    @Query() query: AuditExportQuery,
    @Res() reply: FastifyReply,
  ): void {
    reply.header('content-disposition', 'attachment; filename="audit.jsonl"');
    reply.type('application/x-ndjson').send(Readable.from(this.list.lines(principal, query)));
  }
}
