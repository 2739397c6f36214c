import { Body, Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { AnswersOperation } from '../../operations/answers-operation.contract.js';
import { type Answer, answerOf } from '../../operations/outcome.contract.js';
import { AttachInterface } from '../commands/attach-interface.js';
import { InterfaceBodyDto } from './interface.dto.js';

@ApiTags('Virtual machines')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/vms/:vm/interfaces')
export class InterfacesController {
  constructor(private readonly attaching: AttachInterface) {}

  /** Plugs it in at once where the machine runs and the network is a secondary one; otherwise its next start does. */
  @Post()
  @Requires('vms:update')
  @AnswersOperation()
  async attach(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Body() body: InterfaceBodyDto,
  ): Promise<Answer> {
    return answerOf(await this.attaching.attach({ principal, project }, name, body));
  }

  @Delete(':interface')
  @HttpCode(202)
  @Requires('vms:update')
  @AnswersOperation()
  async detach(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Param('interface') interfaceName: string,
  ): Promise<Answer> {
    return answerOf(await this.attaching.detach({ principal, project }, name, interfaceName));
  }
}
