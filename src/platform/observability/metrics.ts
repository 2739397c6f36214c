import { Injectable } from '@nestjs/common';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Prometheus metrics of this process. Rooms make their own `virtgate_<thing>_<unit>` on `registry`. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  readonly httpDuration = new Histogram({
    name: 'virtgate_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer, by route template.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
    registers: [this.registry],
  });

  readonly graphqlOperations = new Counter({
    name: 'virtgate_graphql_operations_total',
    help: 'GraphQL operations by type, by engine and by whether they had errors.',
    labelNames: ['type', 'engine', 'outcome'] as const,
    registers: [this.registry],
  });

  readonly websockets = new Gauge({
    name: 'virtgate_websockets_open',
    help: 'Open websockets by route.',
    labelNames: ['route'] as const,
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}
