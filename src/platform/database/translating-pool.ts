import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type pg from 'pg';
import { isConnectionError, translateDatabaseError } from './connection-failures.js';

/** A pg pool for Kysely whose errors are failures, and which never lends a broken connection twice. */
export class TranslatingPool implements PostgresPool {
  readonly options: object;

  constructor(private readonly pool: pg.Pool) {
    this.options = pool.options;
    // An idle connection that breaks is told here; without a listener it would end the process.
    pool.on('error', () => {});
    pool.on('connect', (client) => client.on('error', () => {}));
  }

  async connect(): Promise<PostgresPoolClient> {
    try {
      return new TranslatingClient(await this.pool.connect()) as unknown as PostgresPoolClient;
    } catch (error) {
      throw translateDatabaseError(error);
    }
  }

  end(): Promise<void> {
    return this.pool.end();
  }
}

class TranslatingClient {
  private broken = false;

  constructor(private readonly client: pg.PoolClient) {}

  async query(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<unknown>> {
    try {
      return (await this.client.query(
        sql,
        parameters as unknown[],
      )) as unknown as PostgresQueryResult<unknown>;
    } catch (error) {
      this.broken ||= isConnectionError(error);
      throw translateDatabaseError(error);
    }
  }

  release(): void {
    this.client.release(this.broken);
  }
}
