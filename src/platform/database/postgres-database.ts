import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { isTransactionConflict } from './connection-failures.js';
import { Database, type SignalChannel, type Tx } from './database.js';
import { channelName, Signals } from './signals.js';
import { TranslatingPool } from './translating-pool.js';
import { Turns } from './turns.js';

const TRANSACTION_ATTEMPTS = 3;
/** Connections that transactions leave to single statements: reads go on while changes queue. */
const LEFT_TO_READS = 2;
const TURN_PATIENCE_MS = 20_000;

export interface DatabaseOptions {
  /** postgres://user:password@host:port/database */
  url: string;
  /** Most connections at a time, without the one that listens. Default 10. */
  poolSize?: number;
  /**
   * Milliseconds until a statement is given up, and a second later one that the server does not even give up. A request
   * whose database hangs is answered then. Default 15 s.
   */
  statementTimeout?: number;
}

export class PostgresDatabase extends Database {
  private readonly kysely: Kysely<unknown>;
  private readonly signals: Signals;
  private readonly turns: Turns;

  constructor({ url, poolSize = 10, statementTimeout = 15_000 }: DatabaseOptions) {
    super();
    const pool = new pg.Pool({
      connectionString: url,
      max: poolSize,
      application_name: 'virtgate',
      connectionTimeoutMillis: 3000,
      statement_timeout: statementTimeout,
      // Later than the server's own limit: only a server that no longer answers runs into it.
      query_timeout: statementTimeout + 1_000,
      // A process that stands still in the middle must not hold its locks for as long as it does.
      idle_in_transaction_session_timeout: statementTimeout + 5_000,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
    });
    this.kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: new TranslatingPool(pool) }) });
    this.signals = new Signals(url);
    this.turns = new Turns(Math.max(1, poolSize - LEFT_TO_READS), TURN_PATIENCE_MS);
  }

  tables<Tables>(): Kysely<Tables> {
    return this.kysely as unknown as Kysely<Tables>;
  }

  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.turns.run(() => this.attempt(work));
  }

  private async attempt<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.kysely
          .transaction()
          .setIsolationLevel('read committed')
          .execute((trx) => work({ tables: <Tables>() => trx as unknown as Transaction<Tables> }));
      } catch (error) {
        if (!isTransactionConflict(error) || attempt >= TRANSACTION_ATTEMPTS) throw error;
      }
    }
  }

  async notify(tx: Tx, channel: SignalChannel, payload: string): Promise<void> {
    await sql`SELECT pg_notify(${channelName(channel)}, ${payload})`.execute(tx.tables<unknown>());
  }

  listen(channel: SignalChannel, listener: (payload: string | null) => void): () => void {
    return this.signals.listen(channel, listener);
  }

  async ping(): Promise<void> {
    await sql`SELECT 1`.execute(this.kysely);
  }

  async close(): Promise<void> {
    await this.signals.close();
    await this.kysely.destroy();
  }
}
