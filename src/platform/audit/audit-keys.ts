import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Selectable } from 'kysely';
import { MasterKey } from '../crypto/master-key.js';
import type { AuditTables } from './audit-tables.js';

export type RecordContent = Omit<Selectable<AuditTables['audit_record']>, 'mac'>;

/** What the first link takes in, having none before it. */
export const BEFORE_THE_FIRST = Buffer.alloc(32);

/**
 * HMAC-SHA-256 of records, links and the chain's end, each with a key of its own that is not in the database: who can
 * write there, but does not have the installation's secret, cannot make them.
 */
@Injectable()
export class AuditKeys {
  readonly #record: KeyObject;
  readonly #link: KeyObject;
  readonly #head: KeyObject;

  constructor(master: MasterKey) {
    this.#record = createSecretKey(master.derive('audit-record'));
    this.#link = createSecretKey(master.derive('audit-link'));
    this.#head = createSecretKey(master.derive('audit-head'));
  }

  ofRecord(record: RecordContent): Buffer {
    return createHmac('sha256', this.#record).update(contentText(record)).digest();
  }

  ofLink(before: Buffer, seq: bigint, recordId: string, recordMac: Buffer): Buffer {
    const text = JSON.stringify([String(seq), recordId]);
    return createHmac('sha256', this.#link).update(before).update(recordMac).update(text).digest();
  }

  ofHead(seq: bigint, hash: Buffer): Buffer {
    return createHmac('sha256', this.#head).update(hash).update(String(seq)).digest();
  }
}

export const sameBytes = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

/** One text for equal contents, however the database orders the fields of JSON. */
function contentText(record: RecordContent): string {
  return JSON.stringify([
    record.id,
    record.at.toISOString(),
    record.actor_type,
    record.actor_id,
    record.actor_name,
    record.token_id,
    record.action,
    record.target_type,
    record.target_name,
    record.tenant_id,
    record.project_id,
    record.request_id,
    record.source_address,
    record.result,
    sorted(record.details),
  ]);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return fields.map(([name, field]) => [name, sorted(field)]);
}
