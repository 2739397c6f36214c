import { randomUUID } from 'node:crypto';
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ResourceKinds } from '../store/resource-kind.js';
import { StatusError } from '../store/status-error.js';
import { type ApiCall, type ResourceCall, send, sendError } from './api-call.js';
import { type Authentication, forbiddenTo } from './authentication.js';
import type { DiscoveryApi } from './discovery/discovery-api.js';
import type { User } from './extension.js';
import { FAULTS_PATH, type FaultInjection } from './fault-injection.js';
import type { Attributes, RbacAuthorizer } from './rbac-authorizer.js';
import { type ResourceRequestInfo, readRequestInfo } from './request-info.js';
import { methodNotAllowed, type ResourceApi } from './resource-api.js';
import type { ReviewApi } from './review-api.js';
import type { ScaleApi } from './scale-api.js';
import type { FoundRoute, SubresourceApi } from './subresource-api.js';

const OPEN_PATHS = new Set(['/healthz', '/livez', '/readyz', '/version', '/version/']);

export interface Apis {
  authentication: Authentication;
  rbac: RbacAuthorizer;
  discovery: DiscoveryApi;
  resources: ResourceApi;
  scale: ScaleApi;
  reviews: ReviewApi;
  subresources: SubresourceApi;
  faults: FaultInjection;
}

/** One request from the socket to its answer: who, what, may they, then the API that serves it. */
export class RequestHandler {
  /** host:port that /api tells. */
  address = '';

  constructor(
    private readonly kinds: ResourceKinds,
    private readonly apis: Apis,
  ) {}

  async handle(raw: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = this.open(raw, response);
    // A client that goes in the middle is no fault of ours.
    raw.on('error', () => {});
    response.on('error', () => {});
    try {
      await this.admit(call);
      await this.dispatch(call);
    } catch (error) {
      this.refuse(call, error);
    }
  }

  async upgrade(raw: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const response = new ServerResponse(raw);
    response.assignSocket(socket as never);
    response.shouldKeepAlive = false;
    const call = this.open(raw, response);
    socket.on('error', () => socket.destroy());
    try {
      await this.admit(call);
      const { info } = call;
      const found = info.isResource ? this.apis.subresources.find(info, 'GET') : undefined;
      if (!found)
        throw new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
      this.authorizeRoute(call.user, info as ResourceRequestInfo, found);
      await this.apis.subresources.connect(call as ResourceCall, found, {
        detach: () => response.detachSocket(socket as never),
        socket,
        head,
      });
    } catch (error) {
      this.refuse(call, error);
      socket.end();
    }
  }

  /** Whatever happens, one request never ends the process: at worst its connection is cut. */
  private refuse(call: ApiCall, error: unknown): void {
    try {
      sendError(call, error);
    } catch {
      call.response.destroy();
    }
  }

  private open(raw: IncomingMessage, response: ServerResponse): ApiCall {
    const [path = '/', search = ''] = (raw.url ?? '/').split(/\?(.*)/s);
    const query = new URLSearchParams(search);
    const method = raw.method ?? 'GET';
    const user: User = { name: '', groups: [] };
    return { raw, response, method, query, info: readRequestInfo(method, path, query), user, warnings: [] };
  }

  private async admit(call: ApiCall): Promise<void> {
    const { info } = call;
    const open = !info.isResource && OPEN_PATHS.has(info.path);
    call.user = await this.apis.authentication.authenticate(call.raw, open);
    call.response.setHeader('Audit-Id', randomUUID());
    await this.apis.faults.meet(info);
    this.authorize(call.user, info.isResource ? attributesOf(info) : { verb: info.verb, path: info.path });
  }

  private authorize(user: User, asked: Attributes): void {
    if (!this.apis.rbac.allows(user, asked)) throw forbiddenTo(user, asked);
  }

  /**
   * Kubernetes knows a subresource by its first segment; KubeVirt (since v1.7.4) then asks again for the
   * whole of `vnc/screenshot` or `sev/fetchcertchain`. Both must be granted.
   */
  private authorizeRoute(user: User, info: ResourceRequestInfo, found: FoundRoute): void {
    const { resource, subresource } = found.route;
    if (!subresource.includes('/')) return;
    this.authorize(user, { ...attributesOf(info), resource: `${resource}/${subresource}` });
  }

  private async dispatch(call: ApiCall): Promise<void> {
    const { info, method } = call;
    if (!info.isResource) return this.dispatchPath(call, info.path);
    const resourceCall = call as ResourceCall;
    const found = this.apis.subresources.find(info, method === 'HEAD' ? 'GET' : method);
    if (found) {
      this.authorizeRoute(call.user, info, found);
      return this.apis.subresources.serve(resourceCall, found);
    }
    const review = this.apis.reviews.find(info.group, info.version, info.resource);
    if (review) return this.apis.reviews.serve(resourceCall, review);
    const kind = this.kinds.served(info.group, info.version, info.resource);
    if (kind?.resource === 'serviceaccounts' && info.subresource === 'token') {
      if (method !== 'POST') throw methodNotAllowed();
      return this.apis.reviews.issueToken(resourceCall);
    }
    if (kind?.hasScale && info.subresource === 'scale' && info.rest.length === 0)
      return this.apis.scale.serve(resourceCall, kind);
    if (kind) return this.apis.resources.serve(resourceCall, kind);
    if (this.apis.subresources.isKnown(info)) throw methodNotAllowed();
    this.notServed(call);
  }

  private dispatchPath(call: ApiCall, path: string): Promise<void> | void {
    const isRead = call.method === 'GET' || call.method === 'HEAD';
    if (path === FAULTS_PATH) return this.apis.faults.serve(call);
    if (isRead && (path === '/healthz' || path === '/livez' || path === '/readyz'))
      return send(call, 200, 'text/plain; charset=utf-8', 'ok');
    if (isRead && this.apis.discovery.serve(call, path, this.address)) return;
    this.notServed(call);
  }

  private notServed(call: ApiCall): void {
    call.response.setHeader('X-Content-Type-Options', 'nosniff');
    send(call, 404, 'text/plain; charset=utf-8', '404 page not found\n');
  }
}

const attributesOf = (info: ResourceRequestInfo): Attributes => ({
  verb: info.verb,
  group: info.group,
  resource: info.subresource === undefined ? info.resource : `${info.resource}/${info.subresource}`,
  ...(info.namespace === undefined ? {} : { namespace: info.namespace }),
  ...(info.name === undefined ? {} : { name: info.name }),
});
