import { Module } from '@nestjs/common';
import { AuditModule } from '../../platform/audit/audit.module.js';
import { AccessModule } from '../access/access.module.js';
import { ScheduleReads } from './api/schedule-reads.js';
import { SchedulesController } from './api/schedules.controller.js';
import { ProjectSchedulesResolver, ScheduleMutationsResolver } from './api/schedules.resolver.js';
import { ChangeSchedule } from './commands/change-schedule.js';
import { CreateSchedule } from './commands/create-schedule.js';
import { DeleteSchedule } from './commands/delete-schedule.js';
import { RecordedScheduleChange } from './commands/recorded-schedule-change.js';
import { ScheduleRights } from './commands/schedule-rights.js';
import { RunStore } from './data/run-store.js';
import { ScheduleStore } from './data/schedule-store.js';

/** The gateway's side of schedules. */
@Module({
  imports: [AccessModule, AuditModule],
  controllers: [SchedulesController],
  providers: [
    ScheduleStore,
    RunStore,
    ScheduleRights,
    RecordedScheduleChange,
    CreateSchedule,
    ChangeSchedule,
    DeleteSchedule,
    ScheduleReads,
    ScheduleMutationsResolver,
    ProjectSchedulesResolver,
  ],
})
export class SchedulesModule {}
