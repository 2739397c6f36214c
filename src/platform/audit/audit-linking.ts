import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { AuditChain, type ChainHead } from './audit-chain.js';

const EVERY_MS = 1_000;
/** How often the end of the chain is told to the log, which those who write the database do not write. */
const TELL_MS = 60_000;

/** Keeps the chain of audit records up with them, on the leader among the workers. */
@Injectable()
export class AuditLinking implements OnModuleDestroy {
  private readonly logger = new Logger('audit');
  private timer: NodeJS.Timeout | null = null;
  private working = false;
  private told: { seq: bigint; at: number } = { seq: 0n, at: Number.NEGATIVE_INFINITY };

  constructor(private readonly chain: AuditChain) {}

  start(): void {
    this.timer ??= setInterval(() => void this.work(), EVERY_MS).unref();
  }

  stop(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  onModuleDestroy(): void {
    this.stop();
  }

  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    try {
      this.tell(await this.chain.extend());
    } catch (error) {
      this.logger.warn(`audit records are not linked yet: ${error}`);
    } finally {
      this.working = false;
    }
  }

  private tell(head: ChainHead | null): void {
    if (!head || head.seq === this.told.seq || performance.now() - this.told.at < TELL_MS) return;
    this.told = { seq: head.seq, at: performance.now() };
    this.logger.log(`audit chain ends at ${head.seq}:${head.hash.toString('hex')}`);
  }
}
