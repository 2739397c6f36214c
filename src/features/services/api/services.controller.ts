import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Page } from '../../../kernel/page.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { PageQuery } from '../../../platform/paging/page-query.js';
import { Pager } from '../../../platform/paging/pager.js';
import { AnswersOperation } from '../../operations/answers-operation.contract.js';
import type { OperationView } from '../../operations/operations.contract.js';
import { type Outcome, type Preview } from '../../operations/outcome.contract.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { ExposeVm } from '../commands/expose-vm.js';
import { ServiceCaches } from '../data/service-caches.js';
import type { ServiceView } from '../domain/service.js';
import { ExposeVirtualMachineDto, MachineServicePageDto } from './service.dto.js';

const answerOf = (outcome: Outcome): OperationView | Preview => outcome.preview ?? outcome.operation;

@ApiTags('Virtual machines')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/vms/:vm/services')
export class ServicesController {
  constructor(
    private readonly machines: VirtualMachinesContract,
    private readonly caches: ServiceCaches,
    private readonly exposing: ExposeVm,
    private readonly pager: Pager,
  ) {}

  /** By which addresses the machine is reached; those that virtgate made. */
  @Get()
  @Requires('vms:read')
  @ApiOkResponse({ type: MachineServicePageDto })
  list(
    @CurrentProject() project: ProjectRef,
    @Param('vm') vm: string,
    @Query() query: PageQuery,
  ): Page<ServiceView> {
    this.machines.find(project, vm);
    return this.pager.page(this.caches.ofMachine(project.namespace, vm), {
      ...query,
      order: 'name',
      filter: ['services', project.id, vm],
      keyOf: ({ name }) => [name],
    });
  }

  /** A Kubernetes Service of the machine. It goes with the machine. */
  @Post()
  @Requires('vms:update')
  @AnswersOperation()
  async expose(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') vm: string,
    @Body() body: ExposeVirtualMachineDto,
  ): Promise<OperationView | Preview> {
    return answerOf(await this.exposing.expose({ principal, project }, vm, body));
  }

  @Delete(':service')
  @HttpCode(202)
  @Requires('vms:update')
  @AnswersOperation()
  async unexpose(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') vm: string,
    @Param('service') service: string,
  ): Promise<OperationView | Preview> {
    return answerOf(await this.exposing.unexpose({ principal, project }, vm, service));
  }
}
