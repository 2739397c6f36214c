import { Args, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Failure } from '../../../kernel/failure.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import { OpenConsoleSession } from '../commands/open-console-session.js';
import { RevokeConsoleSession } from '../commands/revoke-console-session.js';
import { SerialLogReader } from '../data/serial-log-reader.js';
import { consoleLogMissing } from '../domain/console-failures.js';
import type { NewConsoleSession } from '../domain/console-session.js';
import type { SerialLog } from '../domain/serial-log.js';
import { ConsoleAddresses } from './console-addresses.js';
import {
  CreateConsoleSessionInput,
  RevokeConsoleSessionInput,
  toGraphqlType,
  wanted,
} from './console-session.dto.js';
import { type GraphqlSession, ListConsoleSessions } from './list-console-sessions.js';
import { SerialLogQuery } from './serial-log.dto.js';

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
    @Args('input') input: CreateConsoleSessionInput,
  ): Promise<{ consoleSession: Omit<NewConsoleSession, 'type'> & { type: string } }> {
    const { virtualMachine } = input;
    const ticket = await this.open.execute({ principal, project, virtualMachine, ...wanted(input) });
    const session = this.addresses.of(ticket);
    return { consoleSession: { ...session, type: toGraphqlType(session.type) } };
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

@Resolver('VirtualMachine')
export class MachineConsolesResolver {
  constructor(
    private readonly list: ListConsoleSessions,
    private readonly logs: SerialLogReader,
  ) {}

  @ResolveField('consoleSessions')
  @Requires('consoles:open')
  consoleSessions(
    @CurrentProject() project: ProjectRef,
    @Parent() { name }: { name: string },
    @Args() args: ConnectionArgs,
  ): Promise<Connection<GraphqlSession>> {
    return this.list.connection(project, name, args);
  }

  /** Null where there is none: of a list of machines, some are off. */
  @ResolveField('serialLog')
  @Requires('consoles:view')
  async serialLog(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Parent() { name }: { name: string },
    @Args() { tail }: SerialLogQuery,
  ): Promise<SerialLog | null> {
    try {
      return await this.logs.read(principal, project, name, tail);
    } catch (error) {
      if (error instanceof Failure && error.definition === consoleLogMissing.definition) return null;
      throw error;
    }
  }
}
