import { Args, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { Principal } from '../../../kernel/principal.js';
import { CurrentPrincipal } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { ConnectionArgs } from '../../../platform/paging/connection-args.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { DrainNode } from '../commands/drain-node.js';
import { FenceNode } from '../commands/fence-node.js';
import type { NodePreview } from '../commands/node-rehearsal.js';
import { ScheduleNode } from '../commands/schedule-node.js';
import type { DrainReport } from '../domain/drain-report.js';
import type { FencePlan } from '../domain/fence-plan.js';
import { DrainNodeInput, FenceNodeInput, NodesArgs, ScheduleNodeInput } from './inputs.dto.js';
import { type NodeMachine, NodeReads, type NodeRow } from './node-reads.js';

interface SchedulePayload {
  operation: OperationView | null;
  node: NodeRow | null;
  preview: NodePreview | null;
}

@Resolver('ClusterNode')
export class ClusterNodeResolver {
  constructor(
    private readonly reads: NodeReads,
    private readonly draining: DrainNode,
  ) {}

  @Query('nodes')
  @Requires('nodes:read', 'platform')
  nodes(@Args() args: NodesArgs): Connection<NodeRow> {
    return this.reads.connection(args.q, args);
  }

  @Query('clusterNode')
  @Requires('nodes:read', 'platform')
  clusterNode(@Args('name') name: string): NodeRow | null {
    return this.reads.find(name);
  }

  @ResolveField('machines')
  @Requires('nodes:read', 'platform')
  machines(@Parent() { name }: { name: string }, @Args() args: ConnectionArgs): Connection<NodeMachine> {
    return this.reads.machineConnection(name, args);
  }

  @ResolveField('drainReport')
  @Requires('nodes:read', 'platform')
  drainReport(@Parent() { name }: { name: string }): DrainReport {
    return this.draining.report(name);
  }
}

@Resolver()
export class NodeMutationsResolver {
  constructor(
    private readonly reads: NodeReads,
    private readonly scheduling: ScheduleNode,
    private readonly draining: DrainNode,
    private readonly fencing: FenceNode,
  ) {}

  @Mutation('cordonNode')
  @Requires('nodes:manage', 'platform')
  cordon(
    @CurrentPrincipal() principal: Principal,
    @Args('input') { name }: ScheduleNodeInput,
  ): Promise<SchedulePayload> {
    return this.#schedule(principal, name, false);
  }

  @Mutation('uncordonNode')
  @Requires('nodes:manage', 'platform')
  uncordon(
    @CurrentPrincipal() principal: Principal,
    @Args('input') { name }: ScheduleNodeInput,
  ): Promise<SchedulePayload> {
    return this.#schedule(principal, name, true);
  }

  @Mutation('drainNode')
  @Requires('nodes:manage', 'platform')
  async drain(
    @CurrentPrincipal() principal: Principal,
    @Args('input') { name, reason }: DrainNodeInput,
  ): Promise<{ operation: OperationView | null; node: NodeRow | null; report: DrainReport }> {
    const outcome = await this.draining.execute(principal, name, reason ?? null);
    return { ...outcome, node: this.reads.find(name) };
  }

  @Mutation('fenceNode')
  @Requires('nodes:manage', 'platform')
  async fence(
    @CurrentPrincipal() principal: Principal,
    @Args('input') { name, confirmation }: FenceNodeInput,
  ): Promise<{ operation: OperationView | null; node: NodeRow | null; plan: FencePlan }> {
    const outcome = await this.fencing.execute(principal, name, confirmation ?? null);
    return { ...outcome, node: this.reads.find(name) };
  }

  async #schedule(principal: Principal, name: string, schedulable: boolean): Promise<SchedulePayload> {
    const outcome = await this.scheduling.execute(principal, name, schedulable);
    const node = this.reads.find(name);
    return 'preview' in outcome
      ? { operation: null, node, preview: outcome.preview }
      : { operation: outcome.operation, node, preview: null };
  }
}
