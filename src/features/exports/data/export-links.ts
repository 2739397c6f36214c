import { Injectable } from '@nestjs/common';
import type { Generated, Selectable } from 'kysely';
import { Database, type Tx } from '../../../platform/database/database.js';
import type { ExportFormat } from '../domain/observed.js';

export interface ExportLinkTable {
  id: string;
  ticket_hash: Buffer;
  project_id: string;
  export_name: string;
  export_uid: string;
  volume: string;
  format: ExportFormat;
  principal_id: string;
  principal_type: string;
  principal_name: string;
  token_id: string | null;
  created_at: Generated<Date>;
  expires_at: Date;
  used_at: Date | null;
}

interface ExportTables {
  export_link: ExportLinkTable;
}

export type ExportLinkRow = Selectable<ExportLinkTable>;

/** How long a link that is over is kept, to be found by whoever asks what became of it. */
const KEPT_FOR_MS = 24 * 3600 * 1000;

/** This room's SQL. */
@Injectable()
export class ExportLinks {
  constructor(private readonly database: Database) {}

  /** Keeps a new link, and drops those that were over a day ago. */
  async insert(tx: Tx, link: Omit<ExportLinkRow, 'used_at'>): Promise<void> {
    const tables = tx.tables<ExportTables>();
    await tables
      .deleteFrom('export_link')
      .where('expires_at', '<', new Date(link.created_at.getTime() - KEPT_FOR_MS))
      .execute();
    await tables
      .insertInto('export_link')
      .values({ ...link, used_at: null })
      .execute();
  }

  /** Takes the link out of circulation; undefined unless it was good until now. */
  redeem(ticketHash: Buffer, now: Date): Promise<ExportLinkRow | undefined> {
    return this.database
      .tables<ExportTables>()
      .updateTable('export_link')
      .set({ used_at: now })
      .where('ticket_hash', '=', ticketHash)
      .where('used_at', 'is', null)
      .where('expires_at', '>', now)
      .returningAll()
      .executeTakeFirst();
  }

  /** Looks without using it up. */
  peek(ticketHash: Buffer, now: Date): Promise<ExportLinkRow | undefined> {
    return this.database
      .tables<ExportTables>()
      .selectFrom('export_link')
      .selectAll()
      .where('ticket_hash', '=', ticketHash)
      .where('used_at', 'is', null)
      .where('expires_at', '>', now)
      .executeTakeFirst();
  }
}
