import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { AnswersOperation } from '../../operations/answers-operation.contract.js';
import { type Answer, answerOf } from '../../operations/outcome.contract.js';
import { VirtualMachinesContract } from '../../virtual-machines/virtual-machines.contract.js';
import { CloneVm } from '../commands/clone-vm.js';
import { CloneVirtualMachineDto } from './clone.dto.js';

@ApiTags('Virtual machines')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/vms/:vm')
export class ClonesController {
  constructor(
    private readonly machines: VirtualMachinesContract,
    private readonly cloning: CloneVm,
  ) {}

  /** By snapshots where the storage has them, else by copies of the disks while the machine is off. */
  @Post('clone')
  @Requires('vms:clone')
  @AnswersOperation()
  async clone(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Body() body: CloneVirtualMachineDto,
  ): Promise<Answer> {
    this.machines.find(project, name);
    return answerOf(await this.cloning.execute({ principal, project }, name, body));
  }
}
