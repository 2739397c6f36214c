import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { Principal } from '../../../kernel/principal.js';
import { CurrentPrincipal } from '../../../platform/access/current.js';
import { Authenticated, Requires } from '../../../platform/access/requires.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { CreateToken, RevokeToken } from '../commands/token-commands.js';
import { unseen } from '../domain/access-failures.js';
import { CreateTokenBody } from './bodies.js';
import { AccessConnections } from './connections.js';
import { RevokeTokenInput } from './inputs.js';
import { Me } from './me.js';
import { accountNode } from './nodes.js';
import { AccessReading, ownsToken } from './reading.js';
import { mintedTokenView, type TokenView } from './views.js';

/** The caller itself and its tokens. */
@Resolver()
export class MeResolver {
  constructor(
    private readonly mine: Me,
    private readonly reading: AccessReading,
    private readonly connections: AccessConnections,
    private readonly creating: CreateToken,
    private readonly revoking: RevokeToken,
  ) {}

  @Query('me')
  @Authenticated()
  async me(@CurrentPrincipal() principal: Principal): Promise<object> {
    const { principal: account, permissions, ...rest } = await this.mine.of(principal);
    const projects = Object.entries(permissions.projects).map(([project, held]) => ({
      project,
      permissions: held,
    }));
    return {
      ...rest,
      principal: accountNode(account),
      permissions: { platform: permissions.platform, projects },
    };
  }

  @Query('tokens')
  @Authenticated()
  async tokens(
    @CurrentPrincipal() principal: Principal,
    @Args() args: ConnectionArgs,
  ): Promise<Connection<TokenView>> {
    return this.connections.tokens(await this.reading.ownTokens(principal), principal, args);
  }

  @Mutation('createToken')
  @Requires('tokens:create', 'any')
  async createToken(
    @CurrentPrincipal() principal: Principal,
    @Args('input') input: CreateTokenBody,
  ): Promise<object> {
    const { token: secret, ...token } = mintedTokenView(await this.creating.execute(principal, input));
    return { token, secret };
  }

  @Mutation('revokeToken')
  @Authenticated()
  async revokeToken(
    @CurrentPrincipal() principal: Principal,
    @Args('input') { id }: RevokeTokenInput,
  ): Promise<object> {
    if (!ownsToken(principal, id)) throw unseen('token', id);
    await this.revoking.execute(principal, principal, id);
    return { revokedId: id };
  }
}
