import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Page } from '../../../kernel/page.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import { OpenConsoleSession } from '../commands/open-console-session.js';
import { RevokeConsoleSession } from '../commands/revoke-console-session.js';
import type { ConsoleSession, NewConsoleSession } from '../domain/console-session.js';
import { ConsoleAddresses } from './console-addresses.js';
import { CreateConsoleSessionBody, wanted } from './console-session.dto.js';
import { ListConsoleSessions } from './list-console-sessions.js';

@ApiTags('consoles')
@Controller('api/v1/projects/:project/vms/:vm/console-sessions')
export class ConsoleSessionsController {
  constructor(
    private readonly open: OpenConsoleSession,
    private readonly revoke: RevokeConsoleSession,
    private readonly list: ListConsoleSessions,
    private readonly addresses: ConsoleAddresses,
  ) {}

  @Post()
  @Requires('consoles:open')
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') virtualMachine: string,
    @Body() body: CreateConsoleSessionBody,
  ): Promise<NewConsoleSession> {
    return this.addresses.of(
      await this.open.execute({ principal, project, virtualMachine, ...wanted(body) }),
    );
  }

  @Get()
  @Requires('consoles:open')
  find(
    @CurrentProject() project: ProjectRef,
    @Param('vm') vm: string,
    @Query() query: PageQuery,
  ): Promise<Page<ConsoleSession>> {
    return this.list.execute(project, vm, query);
  }

  @Delete(':session')
  @HttpCode(204)
  @Requires('consoles:open')
  end(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') vm: string,
    @Param('session') session: string,
  ): Promise<void> {
    return this.revoke.execute(principal, project, vm, session);
  }
}
