import type { DynamicModule } from '@nestjs/common';
import type { Clock } from '../kernel/clock.js';
import { AuditModule } from '../platform/audit/audit.module.js';
import { DatabaseModule } from '../platform/database/database.module.js';
import type { DatabaseOptions } from '../platform/database/postgres-database.js';
import { PlatformModule } from '../platform/doors/platform.module.js';
import type { HttpOptions } from '../platform/http/http-options.js';
import { OutboxModule } from '../platform/queue/queue.module.js';
import type { RateLimitOptions } from '../platform/rate-limits/rate-limit-options.js';

export interface FoundationSettings {
  DATABASE_URL: string;
  VIRTGATE_SECRET: string;
}

/** What every role stands on: the secret, the database, the outbox, the audit log; and what else is given. */
export function foundation(
  settings: FoundationSettings,
  options: {
    http?: Partial<HttpOptions>;
    rateLimits?: Partial<RateLimitOptions>;
    with?: DynamicModule[];
    database?: Omit<DatabaseOptions, 'url'>;
    clock?: Clock;
  } = {},
): DynamicModule {
  return PlatformModule.forRoot({
    masterSecret: settings.VIRTGATE_SECRET,
    http: options.http,
    rateLimits: options.rateLimits,
    clock: options.clock,
    capabilities: [
      DatabaseModule.forRoot({ url: settings.DATABASE_URL, ...options.database }),
      OutboxModule,
      AuditModule,
      ...(options.with ?? []),
    ],
  });
}
