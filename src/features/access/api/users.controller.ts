import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Page } from '../../../kernel/page.js';
import type { Principal } from '../../../kernel/principal.js';
import { CurrentPrincipal } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { Pager } from '../../../platform/paging/pager.js';
import { BlockUser, UnblockUser } from '../commands/user-commands.js';
import { UserPage } from './page-views.js';
import { BlockUserBody, UnblockUserBody, UsersQuery, UserView, userView } from './users.dto.js';
import { UsersReading } from './users-reading.js';

/** Everybody who has signed in, or has been given a role or a token. */
@ApiTags('Users')
@ApiBearerAuth()
@Controller('api/v1/users')
export class UsersController {
  constructor(
    private readonly reading: UsersReading,
    private readonly pager: Pager,
    private readonly blocking: BlockUser,
    private readonly unblocking: UnblockUser,
  ) {}

  @Get()
  @Requires('users:read', 'platform')
  @ApiOkResponse({ type: UserPage })
  async list(@Query() query: UsersQuery): Promise<Page<UserView>> {
    const blocked = query.blocked === undefined ? null : query.blocked === 'true';
    const page = this.pager.page(await this.reading.all({ q: query.q, blocked }), {
      ...query,
      order: 'name',
      filter: ['users', query.q ?? null, blocked],
      keyOf: ({ name }) => [name],
    });
    return { ...page, items: page.items.map(userView) };
  }

  @Get(':id')
  @Requires('users:read', 'platform')
  @ApiOkResponse({ type: UserView })
  async get(@Param('id') id: string): Promise<UserView> {
    return userView(await this.reading.one(id));
  }

  @Post(':id/block')
  @HttpCode(200)
  @Requires('users:manage', 'platform')
  @ApiOkResponse({ type: UserView })
  async block(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() { reason }: BlockUserBody,
  ): Promise<UserView> {
    return userView(await this.blocking.execute(principal, id, reason ?? null));
  }

  @Post(':id/unblock')
  @HttpCode(200)
  @Requires('users:manage', 'platform')
  @ApiOkResponse({ type: UserView })
  async unblock(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() _body: UnblockUserBody,
  ): Promise<UserView> {
    return userView(await this.unblocking.execute(principal, id));
  }
}
