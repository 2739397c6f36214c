import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { badRequest } from '../store/refusals.js';
import { header, type ResourceCall, readBody, send, sendJson } from './api-call.js';
import { mediaType, parseJson } from './body-codec.js';
import type { SubresourceRequest, SubresourceRoute } from './extension.js';
import type { ResourceRequestInfo } from './request-info.js';

const SUBPROTOCOL = 'plain.kubevirt.io';

export interface FoundRoute {
  route: SubresourceRoute;
  rest: string[];
}

/** A socket that asked to become a websocket; `detach` takes it from the HTTP answer. */
export interface Upgrade {
  socket: Duplex;
  head: Buffer;
  detach(): void;
}

/** `vnc/screenshot` and whatever follows, from the segments after the name. */
const segmentsOf = (info: ResourceRequestInfo) =>
  info.subresource === undefined ? [] : [info.subresource, ...info.rest];

/** The routes that other rooms plug in: actions and consoles, over plain HTTP and websockets. */
export class SubresourceApi {
  private readonly sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (protocols) => (protocols.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    maxPayload: 8 * 1024 * 1024,
  });

  constructor(readonly routes: readonly SubresourceRoute[]) {}

  groupVersions(): Map<string, string[]> {
    const found = new Map<string, string[]>();
    for (const route of this.routes) {
      const versions = found.get(route.group) ?? [];
      for (const version of route.versions) if (!versions.includes(version)) versions.push(version);
      found.set(route.group, versions);
    }
    return found;
  }

  /** The longest route of the path; methods of one subresource may be routes of their own. */
  find(info: ResourceRequestInfo, method: string): FoundRoute | undefined {
    const segments = segmentsOf(info);
    let best: FoundRoute | undefined;
    for (const route of this.routes) {
      if (route.group !== info.group || route.resource !== info.resource) continue;
      if (!route.versions.includes(info.version) || route.method !== method) continue;
      const own = route.subresource === '' ? [] : route.subresource.split('/');
      if (own.some((part, at) => segments[at] !== part)) continue;
      if (own.length === 0 && info.named && route.group === '') continue;
      if (!best || own.length > segments.length - best.rest.length)
        best = { route, rest: segments.slice(own.length) };
    }
    return best;
  }

  /** Whether some route serves the path by another method. */
  isKnown(info: ResourceRequestInfo): boolean {
    return ['GET', 'PUT', 'POST'].some((method) => this.find(info, method) !== undefined);
  }

  async serve(call: ResourceCall, found: FoundRoute): Promise<void> {
    const { route } = found;
    if (!route.handle) throw badRequest('Upgrade request required');
    const text = call.method === 'GET' ? '' : (await readBody(call.raw)).toString('utf8');
    const answer = await route.handle(this.request(call, found, parseBody(text, call.raw)));
    const { body } = answer;
    if (body === undefined) return send(call, answer.code, answer.contentType ?? 'text/plain', '');
    if (answer.contentType && mediaType(answer.contentType) !== 'application/json')
      return send(call, answer.code, answer.contentType, Buffer.isBuffer(body) ? body : String(body));
    sendJson(call, answer.code, JSON.stringify(body));
  }

  /** Dials first, so that a refusal is an ordinary answer; then upgrades and joins the two streams. */
  async connect(call: ResourceCall, found: FoundRoute, upgrade: Upgrade): Promise<void> {
    const { route } = found;
    const { socket, head } = upgrade;
    if (!route.connect) throw badRequest('this subresource is not a stream');
    const backend = await route.connect(this.request(call, found, undefined));
    if (socket.destroyed) {
      backend.destroy();
      return;
    }
    upgrade.detach();
    this.sockets.handleUpgrade(call.raw, socket, head, (client) => {
      const stream = createWebSocketStream(client, { allowHalfOpen: false });
      stream.on('error', () => backend.destroy());
      backend.on('error', () => client.close(1011));
      stream.on('close', () => backend.destroy());
      backend.on('close', () => client.close(1000));
      stream.pipe(backend).pipe(stream);
    });
  }

  close(): void {
    this.sockets.close();
  }

  private request(call: ResourceCall, found: FoundRoute, body: unknown): SubresourceRequest {
    return {
      user: call.user,
      namespace: call.info.namespace ?? '',
      name: call.info.name ?? '',
      rest: found.rest,
      query: call.query,
      body,
      raw: call.raw,
    };
  }
}

function parseBody(text: string, raw: IncomingMessage): unknown {
  if (text.trim() === '') return undefined;
  try {
    return parseJson(text);
  } catch (error) {
    throw badRequest(
      `Can not unmarshal Request body to struct, error: ${error instanceof Error ? error.message : error} (${header(raw, 'content-type') ?? 'no content type'})`,
    );
  }
}
