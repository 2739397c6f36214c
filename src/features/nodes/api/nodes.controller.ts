import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Page } from '../../../kernel/page.js';
import type { Principal } from '../../../kernel/principal.js';
import { CurrentPrincipal } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { withEtag } from '../../../platform/http/etag.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import { AnswersOperation } from '../../operations/answers-operation.contract.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { DrainNode } from '../commands/drain-node.js';
import { FenceNode } from '../commands/fence-node.js';
import type { NodePreview } from '../commands/node-rehearsal.js';
import { ScheduleNode } from '../commands/schedule-node.js';
import type { DrainReport } from '../domain/drain-report.js';
import type { FencePlan } from '../domain/fence-plan.js';
import type { NodeView } from '../domain/node-view.js';
import { DrainNodeDto, FenceNodeDto, NodesQuery, NoNodeOptionsDto } from './inputs.dto.js';
import { type NodeMachine, NodeReads } from './node-reads.js';
import {
  DrainReportDto,
  drainAnswer,
  fenceAnswer,
  NodeDto,
  NodeMachinePageDto,
  NodePageDto,
} from './views.dto.js';

/** What machines run on: for who minds the platform. */
@ApiTags('Nodes')
@ApiBearerAuth()
@Controller('api/v1/nodes')
export class NodesController {
  constructor(
    private readonly reads: NodeReads,
    private readonly scheduling: ScheduleNode,
    private readonly draining: DrainNode,
    private readonly fencing: FenceNode,
  ) {}

  @Get()
  @Requires('nodes:read', 'platform')
  @ApiOkResponse({ type: NodePageDto })
  list(@Query() { q, limit, cursor }: NodesQuery): Page<NodeView> {
    const page = this.reads.page(q, { limit, cursor });
    return { ...page, items: page.items.map(({ view }) => view) };
  }

  @Get(':node')
  @Requires('nodes:read', 'platform')
  @ApiOkResponse({ type: NodeDto })
  get(@Param('node') name: string): NodeView {
    const { view, version } = this.reads.get(name);
    return withEtag(view, version);
  }

  @Get(':node/vms')
  @Requires('nodes:read', 'platform')
  @ApiOkResponse({ type: NodeMachinePageDto })
  machines(@Param('node') name: string, @Query() { limit, cursor }: PageQuery): Page<NodeMachine> {
    return this.reads.machines(name, { limit, cursor });
  }

  /** What would become of each machine if the node were drained now. */
  @Get(':node/drain-report')
  @Requires('nodes:read', 'platform')
  @ApiOkResponse({ type: DrainReportDto })
  report(@Param('node') name: string): DrainReport {
    return this.draining.report(name);
  }

  /** Keeps new machines off the node; those on it stay. */
  @Post(':node/cordon')
  @Requires('nodes:manage', 'platform')
  @AnswersOperation()
  async cordon(
    @CurrentPrincipal() principal: Principal,
    @Param('node') name: string,
    @Body() _body: NoNodeOptionsDto,
  ): Promise<OperationView | NodePreview> {
    const outcome = await this.scheduling.execute(principal, name, false);
    return 'preview' in outcome ? outcome.preview : outcome.operation;
  }

  /** Lets new machines on the node again, and ends a maintenance that virtgate began. */
  @Post(':node/uncordon')
  @Requires('nodes:manage', 'platform')
  @AnswersOperation()
  async uncordon(
    @CurrentPrincipal() principal: Principal,
    @Param('node') name: string,
    @Body() _body: NoNodeOptionsDto,
  ): Promise<OperationView | NodePreview> {
    const outcome = await this.scheduling.execute(principal, name, true);
    return 'preview' in outcome ? outcome.preview : outcome.operation;
  }

  /** Empties the node: what can migrate does, the rest is shut down or reported. A dry run answers the report. */
  @Post(':node/drain')
  @Requires('nodes:manage', 'platform')
  @AnswersOperation()
  async drain(
    @CurrentPrincipal() principal: Principal,
    @Param('node') name: string,
    @Body() { reason }: DrainNodeDto,
  ): Promise<OperationView | DrainReport> {
    return drainAnswer(await this.draining.execute(principal, name, reason ?? null));
  }

  /**
   * Declares a lost node dead, so that its machines start elsewhere. Without `confirmation` it does nothing and answers
   * what would be lost; with that answer's `confirmation` it is done.
   */
  @Post(':node/fence')
  @Requires('nodes:manage', 'platform')
  @AnswersOperation()
  async fence(
    @CurrentPrincipal() principal: Principal,
    @Param('node') name: string,
    @Body() { confirmation }: FenceNodeDto,
  ): Promise<OperationView | FencePlan> {
    return fenceAnswer(await this.fencing.execute(principal, name, confirmation ?? null));
  }
}
