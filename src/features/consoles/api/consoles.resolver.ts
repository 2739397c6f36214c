import { Args, Mutation, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { OpenConsoleSession } from '../commands/open-console-session.js';
import { RevokeConsoleSession } from '../commands/revoke-console-session.js';
import type { NewConsoleSession } from '../domain/console-session.js';
import { ConsoleAddresses } from './console-addresses.js';
import { CreateConsoleSessionInput, RevokeConsoleSessionInput } from './console-session.dto.js';

@Resolver()
export class ConsolesResolver {
  constructor(
    private readonly open: OpenConsoleSession,
    private readonly revoke: RevokeConsoleSession,
    private readonly addresses: ConsoleAddresses,
  ) {}

  @Mutation('createConsoleSession')
  @Requires('consoles:open')
  async createConsoleSession(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { virtualMachine, type }: CreateConsoleSessionInput,
  ): Promise<{ consoleSession: NewConsoleSession }> {
    const ticket = await this.open.execute({ principal, project, virtualMachine, type });
    return { consoleSession: this.addresses.of(ticket) };
  }

  @Mutation('revokeConsoleSession')
  @Requires('consoles:open')
  async revokeConsoleSession(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { virtualMachine, id }: RevokeConsoleSessionInput,
  ): Promise<{ revokedId: string }> {
    await this.revoke.execute(principal, project, virtualMachine, id);
    return { revokedId: id };
  }
}
