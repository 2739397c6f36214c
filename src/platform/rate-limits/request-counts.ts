import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';

export const WINDOW_SECONDS = 60;

/** How much of a window is used, and how long it still lasts. */
export interface Count {
  used: number;
  resetMs: number;
}

/** Counts by key in windows of a minute, in this process or, on Redis, together with the other gateways. */
export class RequestCounts {
  readonly #counter: RateLimiterMemory | RateLimiterRedis;
  readonly #redis: Redis | null;

  constructor(redisUrl: string | null) {
    // What a limit is differs by key; here it is only counted.
    const options = { points: Number.MAX_SAFE_INTEGER, duration: WINDOW_SECONDS, keyPrefix: 'virtgate-rate' };
    const memory = new RateLimiterMemory(options);
    this.#redis = redisUrl === null ? null : connect(redisUrl);
    // A Redis that is away must hold nobody up: until it is back each gateway counts by itself.
    this.#counter = this.#redis
      ? new RateLimiterRedis({ ...options, storeClient: this.#redis, insuranceLimiter: memory })
      : memory;
  }

  async add(key: string, points: number): Promise<Count> {
    const { consumedPoints, msBeforeNext } = await this.#counter.penalty(key, points);
    return { used: consumedPoints, resetMs: msBeforeNext };
  }

  close(): void {
    this.#redis?.disconnect();
  }
}

function connect(url: string): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 200,
    connectTimeout: 2_000,
  });
  const logger = new Logger('rate-limits');
  let down = false;
  redis.on('error', (error) => {
    if (!down) logger.warn(`Redis is away, each gateway counts by itself: ${error.message}`);
    down = true;
  });
  redis.on('ready', () => {
    down = false;
  });
  return redis;
}
