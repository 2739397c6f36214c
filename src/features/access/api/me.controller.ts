import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Page } from '../../../kernel/page.js';
import type { Principal } from '../../../kernel/principal.js';
import { CurrentPrincipal } from '../../../platform/access/current.js';
import { Authenticated } from '../../../platform/access/requires.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import { Pager } from '../../../platform/paging/pager.js';
import { Me, MeView } from './me.js';
import { RolePage } from './page-views.js';
import { AccessReading } from './reading.js';
import type { RoleView } from './views.js';

@ApiTags('Identity')
@ApiBearerAuth()
@Controller('api/v1')
export class MeController {
  constructor(
    private readonly me: Me,
    private readonly reading: AccessReading,
    private readonly pager: Pager,
  ) {}

  /** Who the caller is, and what they may do where. */
  @Get('me')
  @Authenticated()
  @ApiOkResponse({ type: MeView })
  get(@CurrentPrincipal() principal: Principal): Promise<MeView> {
    return this.me.of(principal);
  }

  @Get('roles')
  @Authenticated()
  @ApiOkResponse({ type: RolePage })
  async roles(@Query() query: PageQuery): Promise<Page<RoleView>> {
    return this.pager.page<RoleView>(await this.reading.roles(), {
      ...query,
      order: 'name',
      filter: ['roles'],
      keyOf: ({ name }) => [name],
    });
  }
}
