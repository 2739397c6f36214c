import { Injectable } from '@nestjs/common';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { AuditLog } from '../../../platform/audit/audit-log.js';
import { currentContext } from '../../../platform/context/request-context.js';
import { Database, type Tx } from '../../../platform/database/database.js';
import { AccessAuthority } from '../access-authority.js';
import { AccessDirectory } from '../data/access-directory.js';

/** What a change was, for the audit and for the other processes. */
export interface Change<T> {
  result: T;
  action: string;
  target: { type: string; name: string };
  project: Pick<ProjectRef, 'id' | 'name'> | null;
  /** Whose it is, where it is no project's; null or absent: the platform's. */
  tenantId?: string | null;
  /** What is different now, by field; nothing that is secret. */
  changed?: Record<string, unknown>;
  /** See AccessAuthority.heard. */
  signals: readonly string[];
}

/** Carries the result of a dry run out of the transaction that it rolls back. */
class DryRun<T> {
  constructor(readonly result: T) {}
}

/**
 * Every change of access: one transaction with its audit record and its signals. This process has taken the change in
 * when it answers, the others a moment later. A dry run does all of it and rolls back.
 */
@Injectable()
export class RecordedChange {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly authority: AccessAuthority,
    private readonly directory: AccessDirectory,
  ) {}

  async run<T>(principal: Principal, work: (tx: Tx) => Promise<Change<T>>): Promise<T> {
    let signals: readonly string[] = [];
    try {
      const result = await this.database.transaction(async (tx) => {
        const change = await work(tx);
        await this.audit.append(tx, {
          actor: principal,
          action: change.action,
          target: change.target,
          project: change.project,
          tenantId: change.tenantId ?? null,
          result: 'accepted',
          ...(change.changed ? { details: { changed: change.changed } } : {}),
        });
        for (const signal of change.signals) await this.database.notify(tx, 'access', signal);
        if (currentContext()?.dryRun) throw new DryRun(change.result);
        signals = change.signals;
        return change.result;
      });
      await this.takeIn(signals);
      return result;
    } catch (error) {
      if (error instanceof DryRun) return error.result as T;
      throw error;
    }
  }

  private async takeIn(signals: readonly string[]): Promise<void> {
    for (const signal of signals) this.authority.heard(signal);
    // What is committed is committed, even if it cannot be read again just now.
    if (signals.some((signal) => signal.startsWith('tenant/')))
      await this.directory.refresh().catch(() => {});
    for (const [noun, id] of signals.map((signal) => signal.split('/'))) {
      if (noun === 'project' && id) await this.directory.readProject(id).catch(() => {});
    }
  }
}
