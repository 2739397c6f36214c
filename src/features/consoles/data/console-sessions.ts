import { Injectable } from '@nestjs/common';
import type { Generated, Selectable } from 'kysely';
import { Clock } from '../../../kernel/clock.js';
import type { ProjectRef } from '../../../kernel/principal.js';
import { Database } from '../../../platform/database/database.js';
import type { EndReason } from '../domain/console-end.js';
import type { ConsoleSession, ConsoleState, ConsoleType } from '../domain/console-session.js';

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
  port: number | null;
  take_over: boolean;
  source_address: string | null;
  bytes_to_guest: Generated<string | number>;
  bytes_from_guest: Generated<string | number>;
  seen_at: Date | null;
  end_reason: EndReason | null;
}

export interface ConsoleTables {
  console_session: ConsoleSessionTable;
}

export type ConsoleSessionRow = Selectable<ConsoleSessionTable>;

/** A machine's sessions that are worth showing: those of the last day. */
const SHOWN_FOR_MS = 24 * 3600 * 1000;
/** A gateway tells of its sessions more often than this, or is gone. */
export const FORGOTTEN_AFTER_MS = 60_000;

/** What went by. */
export interface Traffic {
  toGuest: number;
  fromGuest: number;
}

/** This room's SQL. */
@Injectable()
export class ConsoleSessions {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Takes the ticket out of circulation and returns its session; undefined unless it was good until now. */
  async redeem(ticketHash: Buffer, sourceAddress: string | null): Promise<ConsoleSessionRow | undefined> {
    const now = this.clock.now();
    return this.database
      .tables<ConsoleTables>()
      .updateTable('console_session')
      .set({ connected_at: now, seen_at: now, source_address: sourceAddress })
      .where('ticket_hash', '=', ticketHash)
      .where('connected_at', 'is', null)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', now)
      .returningAll()
      .executeTakeFirst();
  }

  /** By a ticket that may have been used; undefined for one that never was. */
  async byTicket(ticketHash: Buffer): Promise<ConsoleSessionRow | undefined> {
    return this.database
      .tables<ConsoleTables>()
      .selectFrom('console_session')
      .selectAll()
      .where('ticket_hash', '=', ticketHash)
      .executeTakeFirst();
  }

  async find(id: string): Promise<ConsoleSessionRow | undefined> {
    return this.database
      .tables<ConsoleTables>()
      .selectFrom('console_session')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
  }

  /** Told again and again of an open session: that it is, and how much went by. */
  async seen(id: string, { toGuest, fromGuest }: Traffic): Promise<void> {
    await this.database
      .tables<ConsoleTables>()
      .updateTable('console_session')
      .set({ seen_at: this.clock.now(), bytes_to_guest: toGuest, bytes_from_guest: fromGuest })
      .where('id', '=', id)
      .where('closed_at', 'is', null)
      .execute();
  }

  /** Who is connected to this machine now, the one who came first before the others. */
  async openOf(vmUid: string, type: ConsoleType): Promise<ConsoleSessionRow[]> {
    return this.database
      .tables<ConsoleTables>()
      .selectFrom('console_session')
      .selectAll()
      .where('connected_at', 'is not', null)
      .where('closed_at', 'is', null)
      .where('seen_at', '>=', this.forgottenBefore())
      .where('vm_uid', '=', vmUid)
      .where('type', '=', type)
      .orderBy('connected_at')
      .orderBy('id')
      .execute();
  }

  /** Sessions whose gateway tells no more of them. */
  async forgotten(): Promise<ConsoleSessionRow[]> {
    return this.database
      .tables<ConsoleTables>()
      .selectFrom('console_session')
      .selectAll()
      .where('connected_at', 'is not', null)
      .where('closed_at', 'is', null)
      .where('seen_at', '<', this.forgottenBefore())
      .execute();
  }

  /** Says why sessions shall end; whoever holds them hears of it and closes them. */
  async tellToEnd(ids: readonly string[], reason: EndReason): Promise<void> {
    await this.database.transaction(async (tx) => {
      await tx
        .tables<ConsoleTables>()
        .updateTable('console_session')
        .set({ end_reason: reason })
        .where('id', 'in', ids)
        .where('closed_at', 'is', null)
        .where('end_reason', 'is', null)
        .execute();
      for (const id of ids) await this.database.notify(tx, 'console', id);
    });
  }

  /** With the id of a session that may have to end; null where some may have been missed. */
  onSignal(listener: (id: string | null) => void): () => void {
    return this.database.listen('console', listener);
  }

  private forgottenBefore(): Date {
    return new Date(this.clock.now().getTime() - FORGOTTEN_AFTER_MS);
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

function stateOf(row: ConsoleSessionRow, now: Date): ConsoleState {
  const { connected_at, closed_at, revoked_at, expires_at, seen_at } = row;
  if (closed_at !== null) return 'ENDED';
  if (connected_at === null) return revoked_at === null && expires_at > now ? 'WAITING' : 'ENDED';
  return now.getTime() - (seen_at ?? connected_at).getTime() <= FORGOTTEN_AFTER_MS ? 'OPEN' : 'ENDED';
}

export function toConsoleSession(row: ConsoleSessionRow, now: Date): ConsoleSession {
  return {
    id: row.id,
    type: row.type,
    port: row.port,
    virtualMachine: row.vm_name,
    state: stateOf(row, now),
    requestedBy: { type: row.principal_type, id: row.principal_id, name: row.principal_name },
    sourceAddress: row.source_address,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    connectedAt: row.connected_at?.toISOString() ?? null,
    closedAt: row.closed_at?.toISOString() ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
    endReason: row.end_reason,
    bytesToGuest: Number(row.bytes_to_guest),
    bytesFromGuest: Number(row.bytes_from_guest),
  };
}
