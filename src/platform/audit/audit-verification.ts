import { Injectable } from '@nestjs/common';
import type { Selectable } from 'kysely';
import { Database } from '../database/database.js';
import type { ChainHead } from './audit-chain.js';
import { AuditKeys, BEFORE_THE_FIRST, sameBytes } from './audit-keys.js';
import type { AuditTables } from './audit-tables.js';

export interface AuditProblem {
  kind: 'changed' | 'removed' | 'inserted' | 'cut-off' | 'forged' | 'anchor';
  /** Of the record, or of the link where there is no record. */
  where: string;
  message: string;
}

export interface AuditVerdict {
  /** Records in the chain. */
  linked: number;
  /** Committed a moment ago and not in the chain yet. */
  pending: number;
  /** Written by a release that had no chain. */
  before: number;
  head: ChainHead | null;
  /** At most 1,000. */
  problems: AuditProblem[];
}

const BATCH = 1_000;
const MOST_PROBLEMS = 1_000;

type RecordRow = Selectable<AuditTables['audit_record']>;

/**
 * Reads the whole audit log and says what of it is not as it was written. `anchor` is an end of the chain as the log of
 * a worker told it: a database that was set back to an older state has not come that far.
 */
@Injectable()
export class AuditVerification {
  constructor(
    private readonly database: Database,
    private readonly keys: AuditKeys,
  ) {}

  async run(anchor: ChainHead | null = null): Promise<AuditVerdict> {
    const problems: AuditProblem[] = [];
    const tell = (kind: AuditProblem['kind'], where: string, message: string) => {
      if (problems.length < MOST_PROBLEMS) problems.push({ kind, where, message });
    };
    // First: the chain may grow while it is read, and then only beyond this.
    const head = await this.head(tell);
    const { linked, end, firstRecord, passed } = await this.walk([head, anchor], tell);
    if (head && head.seq > end.seq)
      tell('cut-off', `link ${end.seq + 1n}`, `The chain ends at ${end.seq}; it has been ${head.seq} long.`);
    else if (head && head.seq > 0n && !passed.has(head))
      tell('forged', `link ${head.seq}`, 'The chain has not been where its end was written down.');
    if (!head && end.seq > 0n) tell('cut-off', 'head', 'There is no record of how long the chain is.');
    if (anchor && !passed.has(anchor))
      tell('anchor', `link ${anchor.seq}`, 'The chain has never been where the given anchor says.');
    const { before, pending } = await this.loose(firstRecord, tell);
    return { linked, pending, before, head, problems };
  }

  /** `passed`: those of `points` that the chain goes through. */
  private async walk(points: readonly (ChainHead | null)[], tell: (...problem: ProblemParts) => void) {
    let end: ChainHead = { seq: 0n, hash: BEFORE_THE_FIRST };
    let linked = 0;
    let firstRecord = null as string | null;
    const passed = new Set<ChainHead>();
    for (;;) {
      const links = await this.tables
        .selectFrom('audit_link')
        .selectAll()
        .where('seq', '>', String(end.seq))
        .orderBy('seq')
        .limit(BATCH)
        .execute();
      const records = await this.records(links.map(({ record_id }) => record_id));
      for (const link of links) {
        const seq = BigInt(link.seq);
        const where = `link ${seq} (record ${link.record_id})`;
        if (seq !== end.seq + 1n)
          tell('removed', `link ${end.seq + 1n}`, `${seq - end.seq - 1n} links are missing.`);
        else if (!sameBytes(link.hash, this.keys.ofLink(end.hash, seq, link.record_id, link.record_mac)))
          tell('forged', where, 'The link does not fit the one before it.');
        const record = records.get(link.record_id);
        if (!record) tell('removed', where, 'The record is gone.');
        else if (!this.genuine(record) || !sameBytes(record.mac as Buffer, link.record_mac))
          tell('changed', where, 'The record is not as it was written.');
        linked += 1;
        firstRecord = firstRecord === null || link.record_id < firstRecord ? link.record_id : firstRecord;
        end = { seq, hash: link.hash };
        for (const point of points) {
          if (point?.seq === seq && sameBytes(point.hash, link.hash)) passed.add(point);
        }
      }
      if (links.length < BATCH) return { linked, end, firstRecord, passed };
    }
  }

  private async head(tell: (...problem: ProblemParts) => void): Promise<ChainHead | null> {
    const row = await this.tables.selectFrom('audit_head').selectAll().executeTakeFirst();
    if (!row) return null;
    const head = { seq: BigInt(row.seq), hash: row.hash };
    if (!sameBytes(row.mac, this.keys.ofHead(head.seq, head.hash)))
      tell('forged', 'head', 'What says how long the chain is was not written by virtgate.');
    return head;
  }

  /** Records outside of the chain: waiting for their link, older than it, or smuggled in. */
  private async loose(firstRecord: string | null, tell: (...problem: ProblemParts) => void) {
    let before = 0;
    let pending = 0;
    let after = '';
    for (;;) {
      const rows = await this.tables
        .selectFrom('audit_record')
        .leftJoin('audit_link', 'audit_link.record_id', 'audit_record.id')
        .leftJoin('audit_pending', 'audit_pending.record_id', 'audit_record.id')
        .selectAll('audit_record')
        .select('audit_pending.record_id as pending')
        .where('audit_link.record_id', 'is', null)
        .where('audit_record.id', '>', after)
        .orderBy('audit_record.id')
        .limit(BATCH)
        .execute();
      for (const row of rows) {
        if (row.mac === null && row.pending === null && (firstRecord === null || row.id < firstRecord))
          before += 1;
        else if (!this.genuine(row))
          tell('inserted', `record ${row.id}`, 'The record was not written by virtgate.');
        else if (row.pending === null) tell('removed', `record ${row.id}`, 'The link of the record is gone.');
        else pending += 1;
        after = row.id;
      }
      if (rows.length < BATCH) break;
    }
    const orphans = await this.tables
      .selectFrom('audit_pending')
      .leftJoin('audit_record', 'audit_record.id', 'audit_pending.record_id')
      .select('audit_pending.record_id')
      .where('audit_record.id', 'is', null)
      .limit(MOST_PROBLEMS)
      .execute();
    for (const { record_id } of orphans) tell('removed', `record ${record_id}`, 'The record is gone.');
    return { before, pending };
  }

  private genuine({ mac, ...record }: RecordRow): boolean {
    return mac !== null && sameBytes(mac, this.keys.ofRecord(record));
  }

  private async records(ids: readonly string[]): Promise<Map<string, RecordRow>> {
    if (ids.length === 0) return new Map();
    const rows = await this.tables.selectFrom('audit_record').selectAll().where('id', 'in', ids).execute();
    return new Map(rows.map((row) => [row.id, row]));
  }

  private get tables() {
    return this.database.tables<AuditTables>();
  }
}

type ProblemParts = [kind: AuditProblem['kind'], where: string, message: string];
