import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { Database } from '../../../platform/database/database.js';
import type { AccessTables } from '../data/access-tables.js';
import { deleteSignInsOver } from '../data/sign-in-rows.js';
import { deleteTokensOver } from '../data/token-rows.js';

const EVERY_MS = 3_600_000;
/** Operations are kept as long, and ask for the rights of the token that began them. */
const KEEP_MS = 30 * 86_400_000;

/** Forgets tokens and sign-ins that expired or were revoked long ago, on the leader. */
@Injectable()
export class TokenPruner implements OnModuleDestroy {
  private readonly logger = new Logger('access');
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => void this.prune(), EVERY_MS).unref();
    void this.prune();
  }

  stop(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  onModuleDestroy(): void {
    this.stop();
  }

  private async prune(): Promise<void> {
    try {
      const before = new Date(this.clock.now().getTime() - KEEP_MS);
      const tables = this.database.tables<AccessTables>();
      await deleteTokensOver(tables, before);
      await deleteSignInsOver(tables, before);
    } catch (error) {
      this.logger.warn(`old tokens are kept for another hour: ${error}`);
    }
  }
}
