import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Leadership } from '../../../platform/leadership/leadership.js';
import { FireSchedules } from '../commands/fire-schedules.js';
import { WorkRuns } from '../commands/work-runs.js';
import { MachineLabels } from '../data/machine-labels.js';

const EVERY_MS = 5000;

/** On the leader: fires what is due and works on what has begun, one round after the other. */
@Injectable()
export class ScheduleClock implements OnModuleDestroy {
  private readonly logger = new Logger('schedules');
  private timer: NodeJS.Timeout | null = null;
  private round: Promise<void> | null = null;

  constructor(
    private readonly leadership: Leadership,
    private readonly machines: MachineLabels,
    private readonly firing: FireSchedules,
    private readonly working: WorkRuns,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => this.tick(), EVERY_MS).unref();
    this.tick();
  }

  stop(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  async onModuleDestroy(): Promise<void> {
    this.stop();
    await this.round;
  }

  private tick(): void {
    this.round ??= this.go().finally(() => {
      this.round = null;
    });
  }

  private async go(): Promise<void> {
    // What is selected is only known when the cluster has been read.
    if (!this.machines.known) return;
    try {
      while (this.going() && (await this.firing.next()) !== null);
      await this.working.execute(() => this.going());
    } catch (error) {
      this.logger.warn(`schedules wait for the next round: ${error}`);
    }
  }

  private going(): boolean {
    return this.timer !== null && this.leadership.leading;
  }
}
