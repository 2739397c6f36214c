import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../../../kernel/page.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { withEtag } from '../../../platform/http/etag.js';
import { ChangeSchedule } from '../commands/change-schedule.js';
import { CreateSchedule } from '../commands/create-schedule.js';
import { DeleteSchedule } from '../commands/delete-schedule.js';
import type { ScheduleView } from '../domain/schedule-view.js';
import { newSchedule, scheduleChange } from './bodies.js';
import { CreateScheduleDto, SchedulesQuery, UpdateScheduleDto } from './inputs.dto.js';
import { ScheduleReads, type ScheduleRow } from './schedule-reads.js';
import { ScheduleDto, SchedulePageDto } from './views.dto.js';

const answer = ({ view, version }: ScheduleRow): ScheduleView => withEtag(view, version);

@ApiTags('Snapshot schedules')
@ApiBearerAuth()
@Controller('api/v1/projects/:project/snapshot-schedules')
export class SchedulesController {
  constructor(
    private readonly reads: ScheduleReads,
    private readonly creating: CreateSchedule,
    private readonly changing: ChangeSchedule,
    private readonly deleting: DeleteSchedule,
  ) {}

  @Get()
  @Requires('schedules:read')
  @ApiOkResponse({ type: SchedulePageDto })
  async list(
    @CurrentProject() project: ProjectRef,
    @Query() query: SchedulesQuery,
  ): Promise<Page<ScheduleView>> {
    const page = await this.reads.page(project, query);
    return { ...page, items: page.items.map(({ view }) => view) };
  }

  /** Snapshots are taken in the name of whoever makes or changes the schedule, with the rights of the moment. */
  @Post()
  @Requires('schedules:manage')
  @ApiCreatedResponse({ type: ScheduleDto })
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Body() body: CreateScheduleDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScheduleView> {
    const schedule = await this.creating.execute({ principal, project }, newSchedule(body));
    reply.header('location', `/api/v1/projects/${project.name}/snapshot-schedules/${schedule.name}`);
    return answer(await this.reads.row(project, schedule));
  }

  @Get(':schedule')
  @Requires('schedules:read')
  @ApiOkResponse({ type: ScheduleDto })
  async get(@CurrentProject() project: ProjectRef, @Param('schedule') name: string): Promise<ScheduleView> {
    return answer(await this.reads.get(project, name));
  }

  @Patch(':schedule')
  @Requires('schedules:manage')
  @ApiOkResponse({ type: ScheduleDto })
  async change(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('schedule') name: string,
    @Body() body: UpdateScheduleDto,
    @Req() request: FastifyRequest,
  ): Promise<ScheduleView> {
    const expect = await this.reads.expectation(project, name, request.headers['if-match']);
    const caller = { principal, project };
    const schedule = await this.changing.execute(caller, name, scheduleChange(body), expect);
    return answer(await this.reads.row(project, schedule));
  }

  /** Its snapshots stay. */
  @Delete(':schedule')
  @HttpCode(204)
  @Requires('schedules:manage')
  async delete(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Param('schedule') name: string,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const expect = await this.reads.expectation(project, name, request.headers['if-match']);
    await this.deleting.execute({ principal, project }, name, expect);
  }
}
