import { Injectable } from '@nestjs/common';
import { currentContext } from '../context/request-context.js';
import { Database, type Tx } from '../database/database.js';
import { type AuditEntry, AuditLog } from './audit-log.js';

/** Carries the result of a dry run out of the transaction that it rolls back. */
class DryRun<T> {
  constructor(readonly result: T) {}
}

/** A change of virtgate's own records: one transaction with its audit record. A dry run does all of it and rolls back. */
@Injectable()
export class AuditedChange {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  async run<T>(entry: Omit<AuditEntry, 'result'>, work: (tx: Tx) => Promise<T>): Promise<T> {
    try {
      return await this.database.transaction(async (tx) => {
        const result = await work(tx);
        await this.audit.append(tx, { ...entry, result: 'accepted' });
        if (currentContext()?.dryRun) throw new DryRun(result);
        return result;
      });
    } catch (error) {
      if (error instanceof DryRun) return error.result as T;
      throw error;
    }
  }
}
