import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database, type Tx } from '../database/database.js';
import { AuditKeys, BEFORE_THE_FIRST } from './audit-keys.js';
import type { AuditTables } from './audit-tables.js';

/** Records linked in one transaction. */
const BATCH = 500;

export interface ChainHead {
  seq: bigint;
  hash: Buffer;
}

/**
 * Links committed records into one chain, behind those who write them: they never wait for one another. One process at
 * a time does it (the row of the head is locked); what was committed out of order is linked in the order of its arrival.
 */
@Injectable()
export class AuditChain {
  constructor(
    private readonly database: Database,
    private readonly keys: AuditKeys,
  ) {}

  /** Links what waits; the end of the chain, null where nothing is in it. */
  async extend(): Promise<ChainHead | null> {
    for (;;) {
      const { head, linked } = await this.database.transaction((tx) => this.batch(tx));
      if (linked < BATCH) return head.seq === 0n ? null : head;
    }
  }

  private async batch(tx: Tx): Promise<{ head: ChainHead; linked: number }> {
    let { seq, hash } = await this.lockHead(tx);
    const tables = tx.tables<AuditTables>();
    const waiting = await tables
      .selectFrom('audit_pending')
      .innerJoin('audit_record', 'audit_record.id', 'audit_pending.record_id')
      .select(['audit_record.id', 'audit_record.mac'])
      .where('audit_record.mac', 'is not', null)
      .orderBy('audit_record.id')
      .limit(BATCH)
      .execute();
    if (waiting.length === 0) return { head: { seq, hash }, linked: 0 };
    const links = waiting.map(({ id, mac }) => {
      seq += 1n;
      hash = this.keys.ofLink(hash, seq, id, mac as Buffer);
      return { seq: String(seq), record_id: id, record_mac: mac as Buffer, hash };
    });
    await tables.insertInto('audit_link').values(links).execute();
    const ids = links.map(({ record_id }) => record_id);
    await tables
      .deleteFrom('audit_pending')
      .where('record_id', '=', sql<string>`any(${ids}::text[])`)
      .execute();
    await tables
      .updateTable('audit_head')
      .set({ seq: String(seq), hash, mac: this.keys.ofHead(seq, hash) })
      .execute();
    return { head: { seq, hash }, linked: links.length };
  }

  private async lockHead(tx: Tx): Promise<ChainHead> {
    const tables = tx.tables<AuditTables>();
    const first = { seq: '0', hash: BEFORE_THE_FIRST, mac: this.keys.ofHead(0n, BEFORE_THE_FIRST) };
    await tables
      .insertInto('audit_head')
      .values(first)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const { seq, hash } = await tables
      .selectFrom('audit_head')
      .select(['seq', 'hash'])
      .forUpdate()
      .executeTakeFirstOrThrow();
    return { seq: BigInt(seq), hash };
  }
}
