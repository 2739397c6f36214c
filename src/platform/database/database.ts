import type { Kysely, Transaction } from 'kysely';

/**
 * Postgres through Kysely. Each room types only its own tables: `database.tables<OperationTables>()`.
 * A lost connection becomes the Failure service.unavailable; statements time out after 15 s.
 */
export abstract class Database {
  abstract tables<Tables>(): Kysely<Tables>;
  /** One transaction, READ COMMITTED; serialization failures and deadlocks are tried again (3 times). */
  abstract transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** NOTIFY inside a transaction: told to every process when, and only when, it commits. */
  abstract notify(tx: Tx, channel: SignalChannel, payload: string): Promise<void>;
  /** LISTEN, kept up through reconnects; after one, `listener` is called with null: "you may have missed some". */
  abstract listen(channel: SignalChannel, listener: (payload: string | null) => void): () => void;
  /** A cheap round trip; throws service.unavailable. */
  abstract ping(): Promise<void>;
}

export interface Tx {
  tables<Tables>(): Transaction<Tables>;
}

/** Signals carry an id and no data: whoever hears one re-reads. */
export type SignalChannel = 'operation' | 'access' | 'outbox' | 'quota' | 'console';
