import pg from 'pg';
import { until } from './virtgate.js';

/**
 * Where an operation is stopped: `leave` when another step, or the end, is about to be written; `answer` and `refuse`
 * when the cluster has been asked for the step and what it said is about to be written. `answer` lets the worker wait for
 * that, and takes a place of its queue; `refuse` has it try again and again, and so ask anew each time.
 */
export type HoldPoint = 'answer' | 'refuse' | 'leave';

interface Hold {
  operation: string;
  step: string;
  point: HoldPoint;
}

/** Of the advisory locks that are taken here. */
const LOCK_CLASS = 0x686f6c64;

/**
 * Keeps operations in a step for as long as a test needs, from outside of the product: a trigger of the test in its
 * database lets the write that would end the step wait for a lock (`answer`), fail (`refuse`), or find that somebody was
 * faster (`leave`).
 */
export class StepHolds {
  private readonly held = new Map<number, Hold>();
  private client: pg.Client | null = null;
  private last = 0;

  constructor(private readonly databaseUrl: () => string) {}

  async install(): Promise<void> {
    await this.query(`
      CREATE TABLE step_hold (id integer PRIMARY KEY, operation text, step text, point text);
      CREATE FUNCTION hold_step() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE hold record;
      BEGIN
        FOR hold IN SELECT * FROM step_hold WHERE operation = OLD.id LOOP
          IF hold.point = 'leave' AND EXISTS (
            SELECT FROM jsonb_array_elements(OLD.steps) was, jsonb_array_elements(NEW.steps) will
            WHERE was->>'name' = hold.step AND will->>'name' = hold.step
              AND was->>'state' = 'RUNNING' AND will->>'state' <> 'RUNNING') THEN
            RETURN NULL;
          ELSIF hold.point <> 'leave' AND NEW.asked ? hold.step AND NOT OLD.asked ? hold.step THEN
            -- Sequences do not go back with the transaction: so it is seen that the hold holds.
            PERFORM nextval('step_hold_' || hold.id);
            IF hold.point = 'refuse' THEN RAISE EXCEPTION 'held at %', hold.step; END IF;
            PERFORM pg_advisory_xact_lock_shared(${LOCK_CLASS}, hold.id);
          END IF;
        END LOOP;
        RETURN NEW;
      END $$;
      CREATE TRIGGER hold_step BEFORE UPDATE ON operation FOR EACH ROW EXECUTE FUNCTION hold_step()`);
  }

  async hold(hold: Hold): Promise<void> {
    this.last += 1;
    const id = this.last;
    this.held.set(id, hold);
    const { operation, step, point } = hold;
    await this.query(`CREATE SEQUENCE step_hold_${id}`);
    await this.query('SELECT pg_advisory_lock($1, $2)', [LOCK_CLASS, id]);
    await this.query('INSERT INTO step_hold VALUES ($1, $2, $3, $4)', [id, operation, step, point]);
  }

  /** Waits until the operation cannot go on because of the hold. */
  async reached({ operation, step, point }: Hold, timeoutMs = 90_000): Promise<void> {
    let seen = '';
    await until(
      `operation ${operation} is held at ${step}`,
      async () => {
        seen = JSON.stringify(await this.steps(operation));
        return point === 'leave'
          ? this.isRunning(operation, step)
          : this.isStruck(this.idOf(operation, step));
      },
      timeoutMs,
      () => seen,
    );
  }

  /** What the database says of a step at this moment. */
  async isRunning(operation: string, step: string): Promise<boolean> {
    return (await this.steps(operation)).some(({ name, state }) => name === step && state === 'RUNNING');
  }

  /** Lets one go on, and has it looked at. */
  async release(operation: string, step: string): Promise<void> {
    const id = this.idOf(operation, step);
    this.held.delete(id);
    await this.query('DELETE FROM step_hold WHERE id = $1', [id]);
    // A Postgres that was killed has forgotten it.
    await this.query('SELECT pg_advisory_unlock($1, $2)', [LOCK_CLASS, id]);
    await this.query(`DROP SEQUENCE step_hold_${id}`);
    await this.query(`SELECT pg_notify('virtgate_operation', $1)`, [operation]);
  }

  async releaseAll(): Promise<void> {
    for (const { operation, step } of [...this.held.values()]) await this.release(operation, step);
  }

  async query(text: string, values?: unknown[]): Promise<pg.QueryResult> {
    for (;;) {
      const client = await this.connection();
      try {
        return await client.query(text, values);
      } catch (error) {
        // A connection that was lost, and no answer of the database.
        if ((error as pg.DatabaseError).severity === 'ERROR') throw error;
        if (this.client === client) this.client = null;
      }
    }
  }

  async close(): Promise<void> {
    await this.client?.end().catch(() => {});
  }

  private idOf(operation: string, step: string): number {
    for (const [id, hold] of this.held) if (hold.operation === operation && hold.step === step) return id;
    throw new Error(`Nothing holds ${operation} at ${step}.`);
  }

  private async isStruck(id: number): Promise<boolean> {
    const { rows } = await this.query(`SELECT is_called FROM step_hold_${id}`);
    return rows[0]?.is_called === true;
  }

  private async steps(operation: string): Promise<{ name: string; state: string }[]> {
    const { rows } = await this.query('SELECT steps FROM operation WHERE id = $1', [operation]);
    return rows[0]?.steps ?? [];
  }

  private async connection(): Promise<pg.Client> {
    let client = this.client;
    await until('the database answers', async () => {
      client ??= await this.connect().catch(() => null);
      return client !== null;
    });
    return client as unknown as pg.Client;
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.databaseUrl() });
    const lost = () => {
      if (this.client === client) this.client = null;
    };
    client.on('error', lost);
    client.on('end', lost);
    await client.connect();
    this.client = client;
    return client;
  }
}
