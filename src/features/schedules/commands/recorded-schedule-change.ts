import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../../platform/audit/audit-log.js';
import { currentContext } from '../../../platform/context/request-context.js';
import { Database, type Tx } from '../../../platform/database/database.js';
import { type Caller } from '../../operations/outcome.contract.js';

/** Carries the result of a dry run out of the transaction that it rolls back. */
class DryRun<T> {
  constructor(readonly result: T) {}
}

/** Every change of a schedule: one transaction with its audit record. A dry run does all of it and rolls back. */
@Injectable()
export class RecordedScheduleChange {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  async run<T>(
    { principal, project }: Caller,
    what: { action: string; name: string },
    work: (tx: Tx) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.database.transaction(async (tx) => {
        const result = await work(tx);
        await this.audit.append(tx, {
          actor: principal,
          action: what.action,
          target: { type: 'snapshot-schedule', name: what.name },
          project,
          result: 'accepted',
        });
        if (currentContext()?.dryRun) throw new DryRun(result);
        return result;
      });
    } catch (error) {
      if (error instanceof DryRun) return error.result as T;
      throw error;
    }
  }
}
