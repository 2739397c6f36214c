import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Leadership } from '../../../platform/leadership/leadership.js';
import { ScheduleRound } from './schedule-round.js';

const EVERY_MS = 5000;

/** On the leader: one round after the other, as time goes by. */
@Injectable()
export class ScheduleClock implements OnModuleDestroy {
  private readonly logger = new Logger('schedules');
  private timer: NodeJS.Timeout | null = null;
  private round: Promise<void> | null = null;

  constructor(
    private readonly leadership: Leadership,
    private readonly rounds: ScheduleRound,
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
    try {
      await this.rounds.execute(() => this.timer !== null && this.leadership.leading);
    } catch (error) {
      this.logger.warn(`schedules wait for the next round: ${error}`);
    }
  }
}
