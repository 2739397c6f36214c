import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { AuditLog } from '../../../platform/audit/audit-log.js';
import { Database, type Tx } from '../../../platform/database/database.js';
import { ProjectDirectory } from '../../access/access.contract.js';
import type { ConsoleSessionRow, ConsoleTables, Traffic } from '../data/console-sessions.js';
import type { EndReason } from '../domain/console-end.js';

/** Writes down that a session was opened and how it ended, once each, in the name of its maker. */
@Injectable()
export class CloseConsole {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly projects: ProjectDirectory,
    private readonly clock: Clock,
  ) {}

  async opened(session: ConsoleSessionRow, project: ProjectRef): Promise<void> {
    const { id, type, port } = session;
    await this.database.transaction((tx) =>
      this.record(tx, session, project, 'open', 'succeeded', { session: id, type, port }),
    );
  }

  /** A reason that was given before (revoked, taken over) stands. Nothing happens a second time. */
  async execute(session: ConsoleSessionRow, reason: EndReason, traffic: Traffic): Promise<void> {
    const now = this.clock.now();
    const { toGuest, fromGuest } = traffic;
    await this.database.transaction(async (tx) => {
      const row = await tx
        .tables<ConsoleTables>()
        .updateTable('console_session')
        .set((is) => ({
          closed_at: now,
          end_reason: is.fn.coalesce('end_reason', is.val(reason)),
          bytes_to_guest: is.fn<number>('greatest', ['bytes_to_guest', is.val(toGuest)]),
          bytes_from_guest: is.fn<number>('greatest', ['bytes_from_guest', is.val(fromGuest)]),
        }))
        .where('id', '=', session.id)
        .where('closed_at', 'is', null)
        .returningAll()
        .executeTakeFirst();
      if (!row) return;
      const project = this.projects.byId(session.project_id);
      const { id, type, port, connected_at, end_reason, bytes_to_guest, bytes_from_guest } = row;
      const durationSeconds = Math.round((now.getTime() - (connected_at ?? now).getTime()) / 1000);
      await this.record(tx, row, project, 'close', end_reason === 'refused' ? 'failed' : 'succeeded', {
        session: id,
        type,
        port,
        reason: end_reason,
        durationSeconds,
        bytesToGuest: Number(bytes_to_guest),
        bytesFromGuest: Number(bytes_from_guest),
      });
    });
  }

  private record(
    tx: Tx,
    row: ConsoleSessionRow,
    project: ProjectRef | null | undefined,
    what: 'open' | 'close',
    result: string,
    details: Record<string, unknown>,
  ): Promise<void> {
    const { principal_id, principal_type, principal_name, token_id } = row;
    return this.audit.append(tx, {
      actor: {
        id: principal_id,
        type: principal_type as AuditActor['type'],
        name: principal_name,
        tokenId: token_id,
      },
      action: `console-session.${what}`,
      target: { type: 'virtual-machine', name: row.vm_name },
      project: project ?? null,
      result,
      details,
    });
  }
}

type AuditActor = Parameters<AuditLog['append']>[1]['actor'];
