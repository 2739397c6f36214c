import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ApiDiscovery } from './api-discovery.js';
import { ClusterCache } from './cluster-cache.js';
import { ClusterCapabilities } from './cluster-capabilities.js';
import { ClusterClient } from './cluster-client.js';
import { ClusterCredentials } from './cluster-credentials.js';
import type { ClusterLogger } from './cluster-logger.js';
import { ClusterTransport, type TransportOptions } from './cluster-transport.js';
import { ClusterTrust } from './cluster-trust.js';
import { KubernetesClusterClient } from './kubernetes-cluster-client.js';
import { ReflectingClusterCache } from './reflecting-cluster-cache.js';
import type { ReflectorOptions } from './reflector.js';
import { WatchApi } from './watch-api.js';
import type { WriteRules } from './write-rules.js';

export interface ClusterModuleOptions {
  /** Path of a kubeconfig; null or absent: the service account of the pod. */
  kubeconfig?: string | null;
  logger: ClusterLogger;
  /** What may be written; absent: all. */
  writes?: WriteRules;
  allowInsecureTls?: boolean;
  transport?: TransportOptions;
  /** `onEvent` is the hook for metrics. */
  reflector?: Partial<ReflectorOptions>;
}

/**
 * Gives ClusterClient, ClusterCache and ClusterCapabilities. The cache starts when the application has booted, so
 * rooms define their views in constructors or `onModuleInit`; it and all connections end with the application.
 */
@Module({})
export class ClusterModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(ClusterCache) private readonly cache: ClusterCache,
    @Inject(ClusterTransport) private readonly transport: ClusterTransport,
  ) {}

  static forRoot(options: ClusterModuleOptions): DynamicModule {
    return {
      module: ClusterModule,
      providers: [
        {
          provide: ClusterTransport,
          useFactory: () => {
            const { kubeconfig = null, allowInsecureTls } = options;
            return new ClusterTransport(
              new ClusterCredentials({ kubeconfig, allowInsecureTls }),
              options.transport,
            );
          },
        },
        {
          provide: ApiDiscovery,
          inject: [ClusterTransport],
          useFactory: (transport: ClusterTransport) => new ApiDiscovery(transport),
        },
        {
          provide: WatchApi,
          inject: [ClusterTransport, ApiDiscovery],
          useFactory: (transport: ClusterTransport, discovery: ApiDiscovery) =>
            new WatchApi(transport, discovery),
        },
        {
          provide: ClusterClient,
          inject: [ClusterTransport, ApiDiscovery],
          useFactory: (transport: ClusterTransport, discovery: ApiDiscovery) =>
            new KubernetesClusterClient(transport, discovery, options.writes),
        },
        {
          provide: ClusterCache,
          inject: [WatchApi],
          useFactory: (api: WatchApi) => new ReflectingClusterCache(api, options.logger, options.reflector),
        },
        {
          provide: ClusterTrust,
          inject: [ClusterTransport],
          useFactory: (transport: ClusterTransport) => new ClusterTrust(transport),
        },
        {
          provide: ClusterCapabilities,
          inject: [ClusterTransport, ApiDiscovery, WatchApi],
          useFactory: (transport: ClusterTransport, discovery: ApiDiscovery, api: WatchApi) =>
            new ClusterCapabilities(transport, discovery, api, options.logger),
        },
      ],
      exports: [ClusterClient, ClusterCache, ClusterCapabilities, ClusterTrust],
    };
  }

  onApplicationBootstrap(): void {
    this.cache.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.cache.stop();
    await this.transport.close();
  }
}
