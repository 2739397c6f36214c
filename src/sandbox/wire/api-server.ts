import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import type { SqliteObjectStore } from '../store/sqlite-object-store.js';
import { AdmissionChain } from './admission-chain.js';
import { Authentication } from './authentication.js';
import { BuiltInDefaults } from './built-in-defaults.js';
import { servingCertificate, writeSecret } from './certificates.js';
import { aggregateClusterRoles, ensureDefaultRoles } from './cluster-roles/role-aggregation.js';
import { DiscoveryApi } from './discovery/discovery-api.js';
import { EscalationCheck } from './escalation-check.js';
import { expireEvents } from './event-expiry.js';
import type { AdmissionPlugin, SubresourceRoute } from './extension.js';
import { FaultInjection } from './fault-injection.js';
import { writeKubeconfig } from './kubeconfig.js';
import { ResourceQuotas } from './quota/resource-quota.js';
import { MASTERS, RbacAuthorizer } from './rbac-authorizer.js';
import { RequestHandler } from './request-handler.js';
import { ResourceApi } from './resource-api.js';
import { ReviewApi } from './review-api.js';
import { ScaleApi } from './scale-api.js';
import { ServiceAccountTokens } from './service-account-tokens.js';
import { ADMIN_USER, GATEWAY_USER, StaticUsers } from './static-users.js';
import { SubresourceApi } from './subresource-api.js';
import { WatchStreams } from './watch-stream.js';

export interface ApiServerOptions {
  store: SqliteObjectStore;
  /** virtgate's data directory; the server keeps its own files in `sandbox/` below it. */
  dataDirectory: string;
  /** 0 takes a free port the first time and the same one ever after. */
  port: number;
  /** Loopback unless said otherwise. */
  host?: string;
  admission?: readonly AdmissionPlugin[];
  subresources?: readonly SubresourceRoute[];
  clock?: { now(): Date };
}

export interface ApiServer {
  listen(): Promise<void>;
  close(): Promise<void>;
  readonly url: string;
  /** The administrator's (system:masters). */
  readonly kubeconfigPath: string;
  /** The gateway's: only what RBAC objects grant it. */
  readonly gatewayKubeconfigPath: string;
  /** A bearer token for a user of that name, made if there is none. */
  addUser(name: string, groups: string[]): string;
}

const FIRST_NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** A Kubernetes API server over one object store: HTTPS with its own authority, RBAC, admission, watches. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  return new SandboxApiServer(options);
}

class SandboxApiServer implements ApiServer {
  readonly kubeconfigPath: string;
  readonly gatewayKubeconfigPath: string;
  url = '';
  private readonly directory: string;
  private readonly host: string;
  private readonly users: StaticUsers;
  private readonly handler: RequestHandler;
  private readonly watches: WatchStreams;
  private readonly subresources: SubresourceApi;
  private readonly stops: (() => void)[] = [];
  private readonly connections = new Set<Socket>();
  private server: Http2SecureServer | undefined;

  constructor(private readonly options: ApiServerOptions) {
    const { store, clock = { now: () => new Date() } } = options;
    this.directory = join(options.dataDirectory, 'sandbox');
    this.host = options.host ?? '127.0.0.1';
    this.kubeconfigPath = join(this.directory, 'kubeconfig');
    this.gatewayKubeconfigPath = join(this.directory, 'gateway.kubeconfig');
    this.users = new StaticUsers(this.directory);
    for (const name of FIRST_NAMESPACES)
      if (!store.get('namespaces', undefined, name))
        store.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    ensureDefaultRoles(store);
    const quotas = new ResourceQuotas(store);
    this.stops.push(aggregateClusterRoles(store), expireEvents(store, clock), () => quotas.close());
    const tokens = new ServiceAccountTokens(this.directory, store, clock);
    const rbac = new RbacAuthorizer(store);
    const authentication = new Authentication(this.users, tokens, rbac);
    const routes = options.subresources ?? [];
    const plugins = [
      new BuiltInDefaults(store, store.kinds),
      ...(options.admission ?? []),
      new EscalationCheck(rbac, store.kinds),
      quotas,
    ];
    this.watches = new WatchStreams(store, clock);
    this.subresources = new SubresourceApi(routes);
    this.handler = new RequestHandler(store.kinds, {
      authentication,
      rbac,
      discovery: new DiscoveryApi(store.kinds, routes),
      resources: new ResourceApi(store, new AdmissionChain(plugins), this.watches, clock),
      scale: new ScaleApi(store),
      reviews: new ReviewApi(store, rbac, authentication, tokens),
      subresources: this.subresources,
      faults: new FaultInjection(store, this.watches),
    });
  }

  addUser(name: string, groups: string[]): string {
    return this.users.ensure(name, groups);
  }

  async listen(): Promise<void> {
    const { authority, certificate, privateKey } = await servingCertificate(this.directory);
    const server = createSecureServer({ allowHTTP1: true, cert: certificate, key: privateKey });
    // Connections of pools stay open between requests, as with Kubernetes; Node would close them after 5 s.
    Object.assign(server, { keepAliveTimeout: 120_000 });
    this.server = server;
    server.on('request', (request, response) => {
      void this.handler.handle(request as unknown as IncomingMessage, response as unknown as ServerResponse);
    });
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      void this.handler.upgrade(request, socket, head);
    });
    server.on('secureConnection', (socket: Socket) => this.keep(socket));
    server.on('connection', (socket: Socket) => this.keep(socket));
    // A client that speaks no TLS, or goes in the middle of it, is its own affair.
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    server.on('sessionError', () => {});
    await this.bind(server);
    const { port } = server.address() as AddressInfo;
    writeSecret(join(this.directory, 'port'), `${port}\n`);
    this.url = `https://127.0.0.1:${port}`;
    this.handler.address = `127.0.0.1:${port}`;
    const login = { url: this.url, authority };
    const admin = this.users.ensure(ADMIN_USER, [MASTERS]);
    const gateway = this.users.ensure(GATEWAY_USER, ['virtgate:gateways']);
    writeKubeconfig(this.kubeconfigPath, { ...login, user: ADMIN_USER, token: admin });
    writeKubeconfig(this.gatewayKubeconfigPath, { ...login, user: GATEWAY_USER, token: gateway });
  }

  async close(): Promise<void> {
    this.watches.close();
    this.subresources.close();
    for (const stop of this.stops) stop();
    const { server } = this;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.connections) socket.destroy();
    await closed;
  }

  private keep(socket: Socket): void {
    this.connections.add(socket);
    socket.on('close', () => this.connections.delete(socket));
  }

  /** The port of last time if none is asked for; another one if a stranger has taken it since. */
  private async bind(server: Http2SecureServer): Promise<void> {
    const remembered = this.options.port || this.rememberedPort();
    try {
      await listenOn(server, remembered, this.host);
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!taken || this.options.port !== 0) throw error;
      await listenOn(server, 0, this.host);
    }
  }

  private rememberedPort(): number {
    const path = join(this.directory, 'port');
    return existsSync(path) ? Number.parseInt(readFileSync(path, 'utf8'), 10) || 0 : 0;
  }
}

function listenOn(server: Http2SecureServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
