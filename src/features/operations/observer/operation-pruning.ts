import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Leadership } from '../../../platform/leadership/leadership.js';
import { PruneOperationsCommand } from '../commands/prune-operations.js';

const EVERY_MS = 3600_000;

/** On the leading worker, once an hour. */
@Injectable()
export class OperationPruning implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(OperationPruning.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly command: PruneOperationsCommand,
    private readonly leadership: Leadership,
  ) {}

  onModuleInit(): void {
    this.leadership.onElected(() => {
      clearInterval(this.timer);
      this.timer = setInterval(() => this.prune(), EVERY_MS);
      this.prune();
    });
    this.leadership.onDeposed(() => clearInterval(this.timer));
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private prune(): void {
    this.command.execute(new Date()).then(
      (count) => count > 0 && this.logger.log(`${count} operations of more than 30 days ago were forgotten.`),
      (error: Error) => this.logger.warn(`Old operations cannot be forgotten now: ${error.message}`),
    );
  }
}
