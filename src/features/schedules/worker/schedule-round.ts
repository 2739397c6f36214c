import { Injectable } from '@nestjs/common';
import { FireSchedules } from '../commands/fire-schedules.js';
import { WorkRuns } from '../commands/work-runs.js';
import { MachineLabels } from '../data/machine-labels.js';

/** One look at all schedules: fires what is due, works on what has begun. Never waits for an operation. */
@Injectable()
export class ScheduleRound {
  constructor(
    private readonly machines: MachineLabels,
    private readonly firing: FireSchedules,
    private readonly working: WorkRuns,
  ) {}

  /** `going`: asked before each schedule and each run, so that a deposed leader stops. */
  async execute(going: () => boolean): Promise<void> {
    // What is selected is only known when the cluster has been read.
    if (!this.machines.known) return;
    while (going() && (await this.firing.next()) !== null);
    await this.working.execute(going);
  }
}
