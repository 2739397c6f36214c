import type { OnModuleInit } from '@nestjs/common';
import { Args, Mutation, Parent, Query, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import type { Principal } from '../../../kernel/principal.js';
import { CurrentPrincipal } from '../../../platform/access/current.js';
import { Authenticated, Requires } from '../../../platform/access/requires.js';
import { toGlobalId } from '../../../platform/graphql/global-id.js';
import { NodeLoaders } from '../../../platform/graphql/node-loader.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { CancelOperationCommand } from '../commands/cancel-operation.js';
import type { OperationView } from '../operations.contract.js';
import { CancelOperationInput } from './cancel-operation.input.js';
import { OPERATION_TYPE, OperationAccess } from './operation-access.js';
import { OperationList } from './operation-list.js';
import { OperationStream } from './operation-stream.js';
import { OperationsArgs } from './operations.args.js';

@Resolver(OPERATION_TYPE)
export class OperationsResolver implements OnModuleInit {
  constructor(
    private readonly access: OperationAccess,
    private readonly list: OperationList,
    private readonly stream: OperationStream,
    private readonly cancelling: CancelOperationCommand,
    private readonly nodes: NodeLoaders,
  ) {}

  onModuleInit(): void {
    this.nodes.register(OPERATION_TYPE, async (key, principal) => {
      const found = await this.access.find(principal, key).catch(() => null);
      return found?.view ?? null;
    });
  }

  @Query('operation')
  @Requires('operations:read', 'any')
  async operation(@Args('id') id: string, @CurrentPrincipal() principal: Principal): Promise<OperationView> {
    return (await this.access.find(principal, id)).view;
  }

  @Query('operations')
  @Requires('operations:read', 'any')
  operations(
    @CurrentPrincipal() principal: Principal,
    @Args() { filter, first, after }: OperationsArgs,
  ): Promise<Connection<OperationView>> {
    return this.list.connection(principal, filter ?? {}, { first, after });
  }

  @Mutation('cancelOperation')
  @Requires('operations:cancel', 'any')
  async cancelOperation(
    @Args('input') { id }: CancelOperationInput,
    @CurrentPrincipal() principal: Principal,
  ): Promise<{ operation: OperationView }> {
    const { view } = await this.access.find(principal, id, 'operations:cancel');
    return { operation: await this.cancelling.execute(principal, view.id) };
  }

  /** From the operation's first state on, so that none is missed between a mutation's answer and the subscription. */
  @Subscription('operationChanged')
  @Requires('operations:read', 'any')
  async operationChanged(
    @Args('id') id: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<AsyncIterableIterator<{ operationChanged: OperationView }>> {
    const found = await this.access.find(principal, id);
    const ended = new AbortController();
    const changes = this.stream.open(principal, found, 0, ended.signal);
    const events: AsyncIterableIterator<{ operationChanged: OperationView }> = {
      [Symbol.asyncIterator]: () => events,
      next: async () => {
        const { value, done } = await changes.next();
        return done ? { value: undefined, done } : { value: { operationChanged: value.view }, done: false };
      },
      // Not changes.return() alone: a generator that waits would only hear it at its next event.
      return: async () => {
        ended.abort();
        await changes.return(undefined);
        return { value: undefined, done: true };
      },
    };
    return events;
  }

  @ResolveField('id')
  @Authenticated()
  id(@Parent() operation: OperationView): string {
    return toGlobalId(OPERATION_TYPE, operation.id);
  }
}
