import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { SignalChannel } from './database.js';

export type SignalListener = (payload: string | null) => void;

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 3000;
const HEARTBEAT_MS = 5000;

/** LISTEN on a connection of its own, made again with back-off for as long as somebody listens. */
export class Signals {
  private readonly listeners = new Map<SignalChannel, Set<SignalListener>>();
  private readonly closing = new AbortController();
  private client: pg.Client | null = null;
  private running: Promise<void> | null = null;

  constructor(private readonly url: string) {}

  listen(channel: SignalChannel, listener: SignalListener): () => void {
    const group = this.listeners.get(channel) ?? new Set();
    this.listeners.set(channel, group);
    group.add(listener);
    if (!this.running) this.running = this.keepListening();
    // Whoever comes before the connection is up is told null when it is.
    else if (group.size === 1) {
      this.client?.query(`LISTEN ${channelName(channel)}`).then(
        () => this.tell(channel, null),
        () => {},
      );
    }
    return () => group.delete(listener);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.client?.end().catch(() => {});
    await this.running;
  }

  private async keepListening(): Promise<void> {
    let delay = FIRST_DELAY_MS;
    while (!this.closing.signal.aborted) {
      try {
        await this.listenUntilLost(() => {
          delay = FIRST_DELAY_MS;
        });
      } catch {
        // Tried again below; `ping` and the readiness check tell people.
      }
      await sleep(delay, undefined, { signal: this.closing.signal, ref: false }).catch(() => {});
      delay = Math.min(delay * 2, LONGEST_DELAY_MS);
    }
  }

  private async listenUntilLost(onUp: () => void): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'virtgate signals',
      connectionTimeoutMillis: 3000,
      query_timeout: 4000,
      keepAlive: true,
    });
    const lost = new Promise<void>((resolve) => {
      client.once('end', resolve);
      client.on('error', () => resolve());
    });
    client.on('notification', ({ channel, payload }) => {
      const known = [...this.listeners.keys()].find((name) => channelName(name) === channel);
      if (known) this.tell(known, payload ?? '');
    });
    let heartbeat: NodeJS.Timeout | undefined;
    try {
      await client.connect();
      this.client = client;
      if (this.closing.signal.aborted) return;
      for (const channel of this.listeners.keys()) await client.query(`LISTEN ${channelName(channel)}`);
      onUp();
      for (const channel of this.listeners.keys()) this.tell(channel, null);
      // A peer that vanished without a word is noticed by asking it something.
      const dead = new Promise<void>((resolve) => {
        heartbeat = setInterval(() => client.query('SELECT 1').catch(() => resolve()), HEARTBEAT_MS);
        heartbeat.unref();
      });
      await Promise.race([lost, dead]);
    } finally {
      clearInterval(heartbeat);
      this.client = null;
      // Not awaited: a frozen server would never answer the goodbye.
      client.end().catch(() => {});
    }
  }

  private tell(channel: SignalChannel, payload: string | null): void {
    for (const listener of [...(this.listeners.get(channel) ?? [])]) listener(payload);
  }
}

export const channelName = (channel: SignalChannel) => `virtgate_${channel}`;
