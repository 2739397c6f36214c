import type { Generated, JSONColumnType } from 'kysely';

export interface AuditTables {
  audit_record: {
    id: string;
    at: Date;
    actor_type: string;
    actor_id: string;
    actor_name: string;
    token_id: string | null;
    action: string;
    target_type: string;
    target_name: string;
    tenant_id: string | null;
    project_id: string | null;
    request_id: string;
    source_address: string | null;
    result: string;
    details: JSONColumnType<Record<string, unknown>>;
    /** Null only on what was written before there were any. */
    mac: Buffer | null;
  };
  audit_pending: { record_id: string };
  audit_link: {
    seq: string;
    record_id: string;
    record_mac: Buffer;
    hash: Buffer;
    linked_at: Generated<Date>;
  };
  audit_head: { singleton: Generated<boolean>; seq: string; hash: Buffer; mac: Buffer };
}
