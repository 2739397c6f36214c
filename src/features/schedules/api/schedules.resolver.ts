import type { OnModuleInit } from '@nestjs/common';
import { Args, Mutation, ResolveField, Resolver } from '@nestjs/graphql';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { AccessPort } from '../../../platform/access/access-port.js';
import { CurrentPrincipal, CurrentProject } from '../../../platform/access/current.js';
import { Requires } from '../../../platform/access/requires.js';
import { NodeLoaders } from '../../../platform/graphql/node-loader.js';
import type { Connection } from '../../../platform/paging/connection.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import { ChangeSchedule } from '../commands/change-schedule.js';
import { CreateSchedule } from '../commands/create-schedule.js';
import { DeleteSchedule } from '../commands/delete-schedule.js';
import { ScheduleStore } from '../data/schedule-store.js';
import { newSchedule, scheduleChange } from './bodies.js';
import {
  CreateScheduleInput,
  DeleteScheduleInput,
  SchedulesArgs,
  UpdateScheduleInput,
} from './inputs.dto.js';
import { SCHEDULE_TYPE, ScheduleReads, type ScheduleRow } from './schedule-reads.js';

@Resolver()
export class ScheduleMutationsResolver {
  constructor(
    private readonly reads: ScheduleReads,
    private readonly creating: CreateSchedule,
    private readonly changing: ChangeSchedule,
    private readonly deleting: DeleteSchedule,
  ) {}

  @Mutation('createSnapshotSchedule')
  @Requires('schedules:manage')
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') input: CreateScheduleInput,
  ): Promise<{ snapshotSchedule: ScheduleRow }> {
    const schedule = await this.creating.execute({ principal, project }, newSchedule(input));
    return { snapshotSchedule: await this.reads.row(project, schedule) };
  }

  @Mutation('updateSnapshotSchedule')
  @Requires('schedules:manage')
  async update(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') input: UpdateScheduleInput,
  ): Promise<{ snapshotSchedule: ScheduleRow }> {
    const caller = { principal, project };
    const expect = await this.reads.expectation(project, input.name, input.ifMatch);
    const schedule = await this.changing.execute(caller, input.name, scheduleChange(input), expect);
    return { snapshotSchedule: await this.reads.row(project, schedule) };
  }

  @Mutation('deleteSnapshotSchedule')
  @Requires('schedules:manage')
  async delete(
    @CurrentPrincipal() principal: Principal,
    @CurrentProject() project: ProjectRef,
    @Args('input') { name, ifMatch }: DeleteScheduleInput,
  ): Promise<{ deletedName: string }> {
    const expect = await this.reads.expectation(project, name, ifMatch);
    await this.deleting.execute({ principal, project }, name, expect);
    return { deletedName: name };
  }
}

@Resolver('Project')
export class ProjectSchedulesResolver implements OnModuleInit {
  constructor(
    private readonly reads: ScheduleReads,
    private readonly schedules: ScheduleStore,
    private readonly projects: ProjectDirectory,
    private readonly access: AccessPort,
    private readonly nodes: NodeLoaders,
  ) {}

  onModuleInit(): void {
    this.nodes.register(SCHEDULE_TYPE, async (id, principal) => {
      const schedule = await this.schedules.byId(id);
      const project = schedule && this.projects.byId(schedule.projectId);
      if (!project || !this.access.allows(principal, 'schedules:read', project)) return null;
      return this.reads.row(project, schedule);
    });
  }

  @ResolveField('snapshotSchedules')
  @Requires('schedules:read')
  all(@CurrentProject() project: ProjectRef, @Args() args: SchedulesArgs): Promise<Connection<ScheduleRow>> {
    return this.reads.connection(project, args);
  }

  @ResolveField('snapshotSchedule')
  @Requires('schedules:read')
  one(@CurrentProject() project: ProjectRef, @Args('name') name: string): Promise<ScheduleRow | null> {
    return this.reads.find(project, name);
  }
}
