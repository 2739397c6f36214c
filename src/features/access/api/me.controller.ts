import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../kernel/principal.js';
import { CurrentPrincipal } from '../../../platform/access/current.js';
import { Authenticated } from '../../../platform/access/requires.js';
import { Me, MeView } from './me.js';

@ApiTags('Identity')
@ApiBearerAuth()
@Controller('api/v1')
export class MeController {
  constructor(private readonly me: Me) {}

  /** Who the caller is, and what they may do where. */
  @Get('me')
  @Authenticated()
  @ApiOkResponse({ type: MeView })
  get(@CurrentPrincipal() principal: Principal): Promise<MeView> {
    return this.me.of(principal);
  }
}
