import { Injectable } from '@nestjs/common';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { AuditLog } from '../../../platform/audit/audit-log.js';
import { currentContext } from '../../../platform/context/request-context.js';
import { Database, type Tx } from '../../../platform/database/database.js';

/** Carries the result of a dry run out of the transaction that it rolls back. */
class DryRun<T> {
  constructor(readonly result: T) {}
}

/** Every change of a quota: one transaction with its audit record. A dry run does all of it and rolls back. */
@Injectable()
export class RecordedQuotaChange {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  async run<T>(
    principal: Principal,
    what: {
      action: string;
      target: { type: string; name: string };
      project: ProjectRef | null;
      tenantId?: string;
    },
    work: (tx: Tx) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.database.transaction(async (tx) => {
        const result = await work(tx);
        await this.audit.append(tx, { actor: principal, ...what, result: 'accepted' });
        await this.database.notify(tx, 'quota', what.project?.id ?? what.target.name);
        if (currentContext()?.dryRun) throw new DryRun(result);
        return result;
      });
    } catch (error) {
      if (error instanceof DryRun) return error.result as T;
      throw error;
    }
  }
}
