import { Injectable } from '@nestjs/common';
import type { Generated, Selectable } from 'kysely';
import type { ProjectRef } from '../../../kernel/principal.js';
import { Database } from '../../../platform/database/database.js';
import type { ConsoleSession, ConsoleType } from '../domain/console-session.js';

export interface ConsoleSessionTable {
  id: string;
  ticket_hash: Buffer;
  type: ConsoleType;
  project_id: string;
  vm_name: string;
  vm_uid: string;
  principal_id: string;
  principal_type: string;
  principal_name: string;
  token_id: string | null;
  created_at: Generated<Date>;
  expires_at: Date;
  connected_at: Date | null;
  closed_at: Date | null;
  revoked_at: Date | null;
}

export interface ConsoleTables {
  console_session: ConsoleSessionTable;
}

export type ConsoleSessionRow = Selectable<ConsoleSessionTable>;

/** A machine's sessions that are worth showing: those of the last day. */
const SHOWN_FOR_MS = 24 * 3600 * 1000;

/** This room's SQL. */
@Injectable()
export class ConsoleSessions {
  constructor(private readonly database: Database) {}

  /** Takes the ticket out of circulation and returns its session; undefined unless it was good until now. */
  async redeem(ticketHash: Buffer, now: Date): Promise<ConsoleSessionRow | undefined> {
    return this.database
      .tables<ConsoleTables>()
      .updateTable('console_session')
      .set({ connected_at: now })
      .where('ticket_hash', '=', ticketHash)
      .where('connected_at', 'is', null)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', now)
      .returningAll()
      .executeTakeFirst();
  }

  async close(id: string, now: Date): Promise<void> {
    await this.database
      .tables<ConsoleTables>()
      .updateTable('console_session')
      .set({ closed_at: now })
      .where('id', '=', id)
      .where('closed_at', 'is', null)
      .execute();
  }

  async isRevoked(id: string): Promise<boolean> {
    const row = await this.database
      .tables<ConsoleTables>()
      .selectFrom('console_session')
      .select('revoked_at')
      .where('id', '=', id)
      .executeTakeFirst();
    return !row || row.revoked_at !== null;
  }

  /** Newest first. */
  async of(project: ProjectRef, vm: string, now: Date): Promise<ConsoleSessionRow[]> {
    return this.database
      .tables<ConsoleTables>()
      .selectFrom('console_session')
      .selectAll()
      .where('project_id', '=', project.id)
      .where('vm_name', '=', vm)
      .where('created_at', '>', new Date(now.getTime() - SHOWN_FOR_MS))
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .execute();
  }
}

export function toConsoleSession(row: ConsoleSessionRow): ConsoleSession {
  return {
    id: row.id,
    type: row.type,
    virtualMachine: row.vm_name,
    requestedBy: { type: row.principal_type, id: row.principal_id, name: row.principal_name },
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    connectedAt: row.connected_at?.toISOString() ?? null,
    closedAt: row.closed_at?.toISOString() ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
  };
}
