import { Args, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { Principal } from '../../kernel/principal.js';
import { CurrentPrincipal } from '../access/current.js';
import { Authenticated } from '../access/requires.js';
import { fromGlobalId } from './global-id.js';
import { NodeLoaders } from './node-loader.js';

/** Relay's object identification. */
@Resolver('Node')
export class NodeResolver {
  constructor(private readonly loaders: NodeLoaders) {}

  /** Rights are the loader's to check: they differ by type. */
  @Authenticated()
  @Query('node')
  node(@Args('id') id: string, @CurrentPrincipal() principal: Principal): Promise<object | null> {
    return this.loaders.load(id, principal);
  }

  @ResolveField('__resolveType')
  __resolveType(node: { __typename?: string; id?: unknown }): string | undefined {
    return this.loaders.typeOf(node) ?? node.__typename ?? fromGlobalId(String(node.id))?.type;
  }
}
