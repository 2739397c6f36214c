import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ClusterCache } from '../platform/cluster/cluster-cache.js';
import { clusterUnavailable } from '../platform/cluster/cluster-failures.js';
import { Database } from '../platform/database/database.js';
import { Readiness } from '../platform/observability/readiness.js';

/** A gateway takes requests when it can reach its database and has seen the cluster once. */
@Injectable()
export class GatewayReadiness implements OnModuleInit {
  constructor(
    private readonly readiness: Readiness,
    private readonly database: Database,
    private readonly cache: ClusterCache,
  ) {}

  onModuleInit(): void {
    this.readiness.add('database', () => this.database.ping());
    this.readiness.add('cluster', () => {
      if (!this.cache.synced) throw clusterUnavailable('The cluster has not been read yet.');
    });
  }
}
