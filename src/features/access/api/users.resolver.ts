import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { Principal } from '../../../kernel/principal.js';
import { CurrentPrincipal } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { Pager } from '../../../platform/paging/pager.js';
import { BlockUser, UnblockUser } from '../commands/user-commands.js';
import { BlockUserInput, UnblockUserInput } from './inputs.js';
import { UserArgs, UsersArgs, type UserView, userView } from './users.dto.js';
import { UsersReading } from './users-reading.js';

@Resolver()
export class UsersResolver {
  constructor(
    private readonly reading: UsersReading,
    private readonly pager: Pager,
    private readonly blocking: BlockUser,
    private readonly unblocking: UnblockUser,
  ) {}

  @Query('users')
  @Requires('users:read', 'platform')
  async users(@Args() args: UsersArgs): Promise<Connection<UserView>> {
    const nodes = (await this.reading.all(args)).map(userView);
    return this.pager.connection(nodes, {
      ...args,
      order: 'name',
      filter: ['users', args.q ?? null, args.blocked ?? null],
      keyOf: ({ name }) => [name],
    });
  }

  @Query('user')
  @Requires('users:read', 'platform')
  async user(@Args() { id }: UserArgs): Promise<UserView> {
    return userView(await this.reading.one(id));
  }

  @Mutation('blockUser')
  @Requires('users:manage', 'platform')
  async blockUser(
    @CurrentPrincipal() principal: Principal,
    @Args('input') { user, reason }: BlockUserInput,
  ): Promise<object> {
    return { user: userView(await this.blocking.execute(principal, user, reason ?? null)) };
  }

  @Mutation('unblockUser')
  @Requires('users:manage', 'platform')
  async unblockUser(
    @CurrentPrincipal() principal: Principal,
    @Args('input') { user }: UnblockUserInput,
  ): Promise<object> {
    return { user: userView(await this.unblocking.execute(principal, user)) };
  }
}
