import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../kernel/principal.js';
import { CurrentPrincipal } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { VisibleCapabilitiesReader } from '../data/visible-capabilities.js';
import { CapabilitiesView } from './capabilities.dto.js';

/** What the cluster can do; every refused action names what is missing here. */
@ApiTags('Catalogue')
@ApiBearerAuth()
@Controller('api/v1/capabilities')
export class CapabilitiesController {
  constructor(private readonly reader: VisibleCapabilitiesReader) {}

  @Get()
  @Requires('catalog:read', 'any')
  @ApiOkResponse({ type: CapabilitiesView })
  get(@CurrentPrincipal() principal: Principal): Promise<CapabilitiesView> {
    return this.reader.of(principal);
  }
}
