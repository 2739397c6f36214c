import { Body, Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { AnswersOperation } from '../../operations/answers-operation.contract.js';
import { type Answer, answerOf } from '../../operations/outcome.contract.js';
import { AttachDisk } from '../commands/attach-disk.js';
import { AttachDiskDto } from './attach.dto.js';

@ApiTags('Virtual machines')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/vms/:vm/disks')
export class AttachController {
  constructor(private readonly attaching: AttachDisk) {}

  /** Plugs it in at once where the machine runs. */
  @Post()
  @Requires('disks:attach')
  @AnswersOperation()
  async attach(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Body() body: AttachDiskDto,
  ): Promise<Answer> {
    return answerOf(await this.attaching.attach({ principal, project }, name, body));
  }

  /** The disk stays, with all that is on it. */
  @Delete(':disk')
  @HttpCode(202)
  @Requires('disks:attach')
  @AnswersOperation()
  async detach(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') name: string,
    @Param('disk') disk: string,
  ): Promise<Answer> {
    return answerOf(await this.attaching.detach({ principal, project }, name, disk));
  }
}
