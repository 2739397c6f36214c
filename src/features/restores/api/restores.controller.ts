import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { AnswersOperation } from '../../operations/answers-operation.contract.js';
import { type Answer, answerOf } from '../../operations/outcome.contract.js';
import { RestoreSnapshot } from '../commands/restore-snapshot.js';
import { RestoreSnapshotDto } from './restore.dto.js';

@ApiTags('Snapshots')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/snapshots/:snapshot')
export class RestoresController {
  constructor(private readonly restoring: RestoreSnapshot) {}

  /** In place the machine is stopped, restored, and started again if it ran: one operation on the machine. */
  @Post('restore')
  @Requires('snapshots:restore')
  @AnswersOperation()
  async restore(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('snapshot') name: string,
    @Body() body: RestoreSnapshotDto,
  ): Promise<Answer> {
    return answerOf(await this.restoring.execute({ principal, project }, name, body));
  }
}
