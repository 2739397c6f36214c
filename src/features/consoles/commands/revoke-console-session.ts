import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import type { Principal, ProjectRef } from '../../../kernel/principal.js';
import { AuditLog } from '../../../platform/audit/audit-log.js';
import { Database } from '../../../platform/database/database.js';
import type { ConsoleTables } from '../data/console-sessions.js';
import { consoleSessionNotFound } from '../domain/console-failures.js';

/** Ends a session: its ticket connects no more, and an open connection is closed at once. */
@Injectable()
export class RevokeConsoleSession {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** Throws console.session_not_found. A second time it changes nothing. */
  async execute(principal: Principal, project: ProjectRef, vm: string, id: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const row = await tx
        .tables<ConsoleTables>()
        .updateTable('console_session')
        .set((is) => ({ revoked_at: is.fn.coalesce('revoked_at', is.val(this.clock.now())) }))
        .where('id', '=', id)
        .where('project_id', '=', project.id)
        .where('vm_name', '=', vm)
        .returning(['id', 'closed_at'])
        .executeTakeFirst();
      if (!row) throw consoleSessionNotFound();
      if (row.closed_at === null) await this.database.notify(tx, 'console', id);
      await this.audit.append(tx, {
        actor: principal,
        action: 'console-session.revoke',
        target: { type: 'virtual-machine', name: vm },
        project,
        result: 'succeeded',
        details: { session: id },
      });
    });
  }
}
