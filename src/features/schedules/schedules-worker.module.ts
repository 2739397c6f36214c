import { Module, type OnModuleInit } from '@nestjs/common';
import { Leadership } from '../../platform/leadership/leadership.js';
import { AccessWorkerModule } from '../access/access-worker.module.js';
import { OperationsWorkerModule } from '../operations/operations-worker.module.js';
import { SnapshotsWorkerModule } from '../snapshots/snapshots-worker.module.js';
import { AdvanceRuns } from './commands/advance-runs.js';
import { FinishRun } from './commands/finish-run.js';
import { FireSchedules, ScheduledMachines } from './commands/fire-schedules.js';
import { ScheduleRights } from './commands/schedule-rights.js';
import { RunAuthority, WorkRuns } from './commands/work-runs.js';
import { MachineLabels } from './data/machine-labels.js';
import { RunStore } from './data/run-store.js';
import { ScheduleStore } from './data/schedule-store.js';
import { ScheduleClock } from './worker/schedule-clock.js';
import { ScheduleRound } from './worker/schedule-round.js';

/** The worker's side of schedules: the leader's clock. */
@Module({
  imports: [AccessWorkerModule, OperationsWorkerModule, SnapshotsWorkerModule],
  providers: [
    ScheduleStore,
    RunStore,
    MachineLabels,
    ScheduleRights,
    ScheduledMachines,
    FireSchedules,
    AdvanceRuns,
    FinishRun,
    RunAuthority,
    WorkRuns,
    ScheduleRound,
    ScheduleClock,
  ],
})
export class SchedulesWorkerModule implements OnModuleInit {
  constructor(
    private readonly leadership: Leadership,
    private readonly clock: ScheduleClock,
  ) {}

  onModuleInit(): void {
    this.leadership.onElected(() => this.clock.start());
    this.leadership.onDeposed(() => this.clock.stop());
  }
}
