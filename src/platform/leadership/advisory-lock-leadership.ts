import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { Leadership } from './leadership.js';

/** "vgld" */
const LOCK = 0x76676c64;
const RETRY_MS = 1000;
const HEARTBEAT_MS = 2000;
const ANSWER_MS = 3000;
/** A leader that says nothing for this long stands still, though its connection stands. */
const STALLED_MS = 15_000;

/**
 * The leader is whoever holds a Postgres advisory lock, on a connection of its own: lost with the connection. Of one that
 * stands still (stopped, asleep) the connection is ended by the others, who see in the server that it says nothing.
 */
export class AdvisoryLockLeadership extends Leadership {
  private readonly logger = new Logger(Leadership.name);
  private readonly elected: (() => void)[] = [];
  private readonly deposed: (() => void)[] = [];
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;
  private client: pg.Client | null = null;
  private isLeading = false;

  constructor(
    private readonly url: string,
    private readonly stalledMs = STALLED_MS,
  ) {
    super();
  }

  get leading(): boolean {
    return this.isLeading;
  }

  onElected(listener: () => void): void {
    this.elected.push(listener);
    if (this.isLeading) listener();
  }

  onDeposed(listener: () => void): void {
    this.deposed.push(listener);
  }

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.depose();
    await this.client?.end().catch(() => {});
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.campaign();
      } catch {
        // The database is away; so is the lead.
      }
      this.depose();
      await this.pause(RETRY_MS);
    }
  }

  private async campaign(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'virtgate leadership',
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
    });
    let lost = false;
    client.on('error', () => {
      lost = true;
    });
    client.on('end', () => {
      lost = true;
      this.depose();
    });
    try {
      await client.connect();
      this.client = client;
      // So that the server notices a leader whose machine vanished within about 25 s.
      await client.query(
        `SELECT set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
                set_config('tcp_keepalives_count', '3', false)`,
      );
      while (!lost && !this.stopping.signal.aborted) {
        if (this.isLeading) await client.query('SELECT 1');
        else if (await tryLock(client)) this.elect();
        else await this.endStalled(client);
        await this.pause(this.isLeading ? HEARTBEAT_MS : RETRY_MS);
      }
    } finally {
      this.client = null;
      client.end().catch(() => {});
    }
  }

  private async endStalled(client: pg.Client): Promise<void> {
    const { rowCount } = await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
       WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = $1 AND objsubid = 1
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND state = 'idle' AND state_change < clock_timestamp() - make_interval(secs => $2)`,
      [LOCK, this.stalledMs / 1000],
    );
    if (rowCount) this.logger.warn('The leading worker stands still; its lead is taken away.');
  }

  private elect(): void {
    this.isLeading = true;
    this.logger.log('This worker leads now.');
    for (const listener of this.elected) listener();
  }

  private depose(): void {
    if (!this.isLeading) return;
    this.isLeading = false;
    this.logger.log('This worker no longer leads.');
    for (const listener of this.deposed) listener();
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopping.signal }).catch(() => {});
  }
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS held', [LOCK]);
  return rows[0]?.held === true;
}
