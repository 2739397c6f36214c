import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { AnswersOperation } from '../../operations/answers-operation.contract.js';
import { type Answer, answerOf } from '../../operations/outcome.contract.js';
import { DumpMemory } from '../commands/dump-memory.js';
import { MemoryDumpDto, RemoveDumpQuery } from './exports.dto.js';
import { MemoryDumpViewDto } from './views.dto.js';

/** A dump is downloaded like any disk: by an export of the disk that holds it. */
@ApiTags('Exports')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/vms/:vm/memory-dump')
export class MemoryDumpsController {
  constructor(private readonly dumps: DumpMemory) {}

  @Get()
  @Requires('vms:read')
  @ApiOkResponse({ type: MemoryDumpViewDto })
  get(@CurrentProject() project: ProjectRef, @Param('vm') vm: string): MemoryDumpViewDto {
    const { claim, ...dump } = this.dumps.get(project, vm);
    return { disk: claim, ...dump };
  }

  /** What a guest knows is in its memory: keys and passwords as well. So it asks the right to export. */
  @Post()
  @Requires('exports:create')
  @AnswersOperation()
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') vm: string,
    @Body() body: MemoryDumpDto,
  ): Promise<Answer> {
    return answerOf(await this.dumps.begin({ principal, project }, vm, body ?? {}));
  }

  @Delete()
  @HttpCode(202)
  @Requires('exports:delete')
  @AnswersOperation()
  async remove(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('vm') vm: string,
    @Query() { disk }: RemoveDumpQuery,
  ): Promise<Answer> {
    return answerOf(await this.dumps.remove({ principal, project }, vm, disk === 'delete'));
  }
}
