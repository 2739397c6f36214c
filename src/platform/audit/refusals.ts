import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Database } from '../database/database.js';
import { type AuditEntry, AuditLog } from './audit-log.js';

export type Refusal = Omit<AuditEntry, 'result'>;

/** The same refusal of the same caller within this time is counted, not written again. */
const ONCE_IN_MS = 10_000;
const MOST_KNOWN = 5_000;

/** What somebody tried on a thing that they may see, without the right to it. */
@Injectable()
export class Refusals {
  private readonly logger = new Logger('audit');
  private readonly recent = new LRUCache<string, { repeated: number; since: number }>({ max: MOST_KNOWN });

  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  /** Never throws: what is refused stays refused even where that cannot be written down. */
  async record(refusal: Refusal): Promise<void> {
    const { actor, action, target, project } = refusal;
    const key = JSON.stringify([actor.id, actor.tokenId, action, target, project?.id]);
    const now = performance.now();
    const known = this.recent.get(key);
    if (known && now - known.since < ONCE_IN_MS) {
      known.repeated += 1;
      return;
    }
    this.recent.set(key, { repeated: 0, since: now });
    const details = { ...refusal.details, ...(known?.repeated ? { repeated: known.repeated } : {}) };
    try {
      await this.database.transaction((tx) =>
        this.audit.append(tx, { ...refusal, result: 'refused', details }),
      );
    } catch (error) {
      this.logger.warn(`a refused ${action} is not in the audit log: ${(error as Error).message}`);
    }
  }
}
