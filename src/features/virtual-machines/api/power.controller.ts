import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { AnswersOperation } from '../../operations/answers-operation.contract.js';
import { type Answer, answerOf } from '../../operations/outcome.contract.js';
import { PowerVm } from '../commands/power-vm.js';
import type { PowerAction, PowerOptions } from '../domain/power.js';
import {
  NoOptionsDto,
  RestartVirtualMachineDto,
  StartVirtualMachineDto,
  StopVirtualMachineDto,
} from './change.dto.js';

/** One route per action, for each asks its own right. */
@ApiTags('Virtual machines')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/vms/:vm')
export class PowerController {
  constructor(private readonly power: PowerVm) {}

  @Post('start')
  @Requires('vms:start')
  @AnswersOperation()
  start(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Body() body: StartVirtualMachineDto,
  ): Promise<Answer> {
    return this.#run(principal, project, name, 'start', body);
  }

  @Post('stop')
  @Requires('vms:stop')
  @AnswersOperation()
  stop(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Body() body: StopVirtualMachineDto,
  ): Promise<Answer> {
    return this.#run(principal, project, name, 'stop', body);
  }

  @Post('restart')
  @Requires('vms:restart')
  @AnswersOperation()
  restart(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Body() body: RestartVirtualMachineDto,
  ): Promise<Answer> {
    return this.#run(principal, project, name, 'restart', body);
  }

  @Post('pause')
  @Requires('vms:pause')
  @AnswersOperation()
  pause(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Body() body: NoOptionsDto,
  ): Promise<Answer> {
    return this.#run(principal, project, name, 'pause', body);
  }

  @Post('unpause')
  @Requires('vms:unpause')
  @AnswersOperation()
  unpause(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Body() body: NoOptionsDto,
  ): Promise<Answer> {
    return this.#run(principal, project, name, 'unpause', body);
  }

  @Post('soft-reboot')
  @Requires('vms:soft-reboot')
  @AnswersOperation()
  softReboot(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Body() body: NoOptionsDto,
  ): Promise<Answer> {
    return this.#run(principal, project, name, 'soft-reboot', body);
  }

  @Post('reset')
  @Requires('vms:reset')
  @AnswersOperation()
  reset(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Body() body: NoOptionsDto,
  ): Promise<Answer> {
    return this.#run(principal, project, name, 'reset', body);
  }

  async #run(
    principal: Principal,
    project: ProjectRef,
    name: string,
    action: PowerAction,
    options: PowerOptions,
  ): Promise<Answer> {
    return answerOf(await this.power.execute({ principal, project }, name, action, options));
  }
}
