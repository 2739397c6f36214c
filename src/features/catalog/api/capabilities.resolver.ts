import { Query, Resolver } from '@nestjs/graphql';
import type { Principal } from '../../../kernel/principal.js';
import { CurrentPrincipal } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { type VisibleCapabilities, VisibleCapabilitiesReader } from '../data/visible-capabilities.js';

@Resolver()
export class CapabilitiesResolver {
  constructor(private readonly reader: VisibleCapabilitiesReader) {}

  @Query('capabilities')
  @Requires('catalog:read', 'any')
  capabilities(@CurrentPrincipal() principal: Principal): Promise<VisibleCapabilities> {
    return this.reader.of(principal);
  }
}
