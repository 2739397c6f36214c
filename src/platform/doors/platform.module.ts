import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { Clock, SystemClock } from '../../kernel/clock.js';
import { MasterKey } from '../crypto/master-key.js';
import { Sealer } from '../crypto/sealer.js';
import { NodeLoaders } from '../graphql/node-loader.js';
import { HTTP_DEFAULTS, HttpOptions } from '../http/http-options.js';
import { RouteTable } from '../http/route-table.js';
import { RunningApplication } from '../http/running-application.js';
import { UpgradeRouter } from '../http/upgrade-router.js';
import { Metrics } from '../observability/metrics.js';
import { Readiness } from '../observability/readiness.js';
import { Pager } from '../paging/pager.js';
import { RATE_LIMIT_DEFAULTS, RateLimitOptions } from '../rate-limits/rate-limit-options.js';
import { RateLimits } from '../rate-limits/rate-limits.js';

export interface PlatformOptions {
  /** The installation's secret, at least 32 characters; every process has the same. */
  masterSecret: string;
  http?: Partial<HttpOptions>;
  rateLimits?: Partial<RateLimitOptions>;
  /** The system's unless said. */
  clock?: Clock;
  /** What this process has besides: database, cluster, queue. Every room may ask for what they export. */
  capabilities?: (DynamicModule | Type)[];
}

const PROVIDERS = [
  Sealer,
  Pager,
  NodeLoaders,
  RouteTable,
  UpgradeRouter,
  RunningApplication,
  Metrics,
  Readiness,
  RateLimits,
];

/** What every room may ask for without importing a module: the one global module. */
@Module({})
export class PlatformModule {
  static forRoot(options: PlatformOptions): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      imports: options.capabilities ?? [],
      providers: [
        { provide: MasterKey, useValue: new MasterKey(options.masterSecret) },
        { provide: HttpOptions, useValue: { ...HTTP_DEFAULTS, ...options.http } },
        { provide: RateLimitOptions, useValue: { ...RATE_LIMIT_DEFAULTS, ...options.rateLimits } },
        { provide: Clock, useValue: options.clock ?? new SystemClock() },
        ...PROVIDERS,
      ],
      exports: [MasterKey, HttpOptions, Clock, ...PROVIDERS, ...(options.capabilities ?? [])],
    };
  }
}
