import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { assertIfMatch, withEtag } from '../../../platform/http/etag.js';
import { AnswersOperation } from '../../operations/answers-operation.contract.js';
import { type Answer, answerOf } from '../../operations/outcome.contract.js';
import { CreateVm } from '../commands/create-vm.js';
import { DeleteVm } from '../commands/delete-vm.js';
import { UpdateVm } from '../commands/update-vm.js';
import type { VirtualMachineView } from '../domain/machine-view.js';
import { UpdateVirtualMachineDto } from './change.dto.js';
import { CreateVirtualMachineDto } from './create.dto.js';
import { DeleteQuery, DeleteVirtualMachineDto, deletionChoice, MachinesQuery } from './list-query.js';
import { MachineReads } from './machine-reads.js';
import { VirtualMachineDto, VirtualMachinePageDto } from './views.dto.js';

@ApiTags('Virtual machines')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/vms')
export class VirtualMachinesController {
  constructor(
    private readonly reads: MachineReads,
    private readonly creating: CreateVm,
    private readonly updating: UpdateVm,
    private readonly deleting: DeleteVm,
  ) {}

  @Get()
  @Requires('vms:read')
  @ApiOkResponse({ type: VirtualMachinePageDto })
  list(@CurrentProject() project: ProjectRef, @Query() query: MachinesQuery): Page<VirtualMachineView> {
    const { q, state, node, label, sort = 'name', limit, cursor } = query;
    const page = this.reads.page(project, { q, state, node, labels: label }, sort, { limit, cursor });
    return { ...page, items: page.items.map(({ view }) => view) };
  }

  @Post()
  @Requires('vms:create')
  @AnswersOperation()
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Body() body: CreateVirtualMachineDto,
  ): Promise<Answer> {
    return answerOf(await this.creating.execute({ principal, project }, body));
  }

  @Get(':vm')
  @Requires('vms:read')
  @ApiOkResponse({ type: VirtualMachineDto })
  get(@CurrentProject() project: ProjectRef, @Param('vm') name: string): VirtualMachineView {
    const { view, version } = this.reads.get(project, name);
    return withEtag(view, version);
  }

  @Patch(':vm')
  @Requires('vms:update')
  @AnswersOperation()
  async update(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Body() body: UpdateVirtualMachineDto,
    @Req() request: FastifyRequest,
  ): Promise<Answer> {
    assertIfMatch(request, this.reads.get(project, name).version);
    return answerOf(await this.updating.execute({ principal, project }, name, body));
  }

  /**
   * With the disks that were made with it, unless they are to be kept, and without its snapshots, unless asked. Where the
   * project has a trash, it goes there first.
   */
  @Delete(':vm')
  @HttpCode(202)
  @Requires('vms:delete')
  @AnswersOperation()
  async delete(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Query() query: DeleteQuery,
    @Body() body: DeleteVirtualMachineDto,
    @Req() request: FastifyRequest,
  ): Promise<Answer> {
    assertIfMatch(request, this.reads.get(project, name).version);
    const choice = deletionChoice(query, body);
    return answerOf(await this.deleting.execute({ principal, project }, name, choice));
  }
}
