import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable, Logger } from '@nestjs/common';
import FindMyWay from 'find-my-way';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Failure } from '../../kernel/failure.js';
import { forbidden, routeNotFound } from '../../kernel/failures.js';
import { Metrics } from '../observability/metrics.js';
import { failureHeaders } from './failure-replies.js';
import { PROBLEM_JSON, statusOf, toFailure, toProblem } from './http-failures.js';
import { HttpOptions } from './http-options.js';
import { requestIdOf } from './request-hooks.js';
import { sourceAddress, type Trusts, trustsOf } from './source-address.js';

export interface UpgradeRequest {
  request: IncomingMessage;
  requestId: string;
  sourceAddress: string | null;
  /** Decoded path parameters. */
  params: Record<string, string>;
  /** Completes the handshake. Call it once, after every check; a throw before it refuses the upgrade. */
  accept(): Promise<WebSocket>;
}

export interface UpgradeOptions {
  /** Bytes of one message from the client; a larger one closes the socket with 1009. */
  maxPayload: number;
  /** Chooses one of the subprotocols that the client offers; false refuses none and chooses none. */
  protocol?: (offered: Set<string>) => string | false;
}

/** Checks the caller, then calls `accept`; a thrown Failure answers the upgrade with its status and problem+json. */
export type UpgradeHandler = (upgrade: UpgradeRequest) => Promise<void> | void;

/** The one place where HTTP connections become websockets. */
@Injectable()
export class UpgradeRouter {
  readonly #logger = new Logger(UpgradeRouter.name);
  readonly #paths = FindMyWay();
  readonly #trusts: Trusts;
  readonly #servers: { server: WebSocketServer; path: string }[] = [];

  constructor(
    private readonly options: HttpOptions,
    private readonly metrics: Metrics,
  ) {
    this.#trusts = trustsOf(options.trustedProxies);
  }

  /** `path` as in routes: `/api/v1/consoles/:ticket`. */
  add(path: string, options: UpgradeOptions, handler: UpgradeHandler): void {
    const server = new WebSocketServer({
      noServer: true,
      maxPayload: options.maxPayload,
      perMessageDeflate: false,
      ...(options.protocol ? { handleProtocols: options.protocol } : {}),
    });
    this.#servers.push({ server, path });
    this.#paths.on('GET', path, () => {}, { path, server, handler });
  }

  attach(http: Server): void {
    http.on('upgrade', (request, socket, head) => void this.#route(request, socket, head));
  }

  /** The paths that can be upgraded, for the test that walks all doors. */
  get paths(): readonly string[] {
    return this.#servers.map(({ path }) => path);
  }

  /** Ends every socket with 1001 "going away". */
  close(): void {
    for (const { server } of this.#servers) {
      for (const client of server.clients) client.close(1001, 'Going away');
      server.close();
    }
  }

  async #route(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const requestId = requestIdOf(request);
    let accepted = false;
    try {
      const found = this.#paths.find('GET', (request.url ?? '/').split('?', 1)[0] as string);
      if (!found) throw routeNotFound();
      this.#checkOrigin(request);
      const { path, server, handler } = found.store as {
        path: string;
        server: WebSocketServer;
        handler: UpgradeHandler;
      };
      await handler({
        request,
        requestId,
        sourceAddress: sourceAddress(request, this.#trusts),
        params: found.params as Record<string, string>,
        accept: () => {
          accepted = true;
          return this.#accept(server, path, request, socket, head);
        },
      });
    } catch (error) {
      const failure = toFailure(error);
      if (failure.kind === 'internal') this.#logger.error(failure.cause ?? failure);
      if (accepted) socket.destroy();
      else refuse(socket, failure, request, requestId);
    }
  }

  #accept(
    server: WebSocketServer,
    path: string,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<WebSocket> {
    return new Promise((resolve) => {
      server.handleUpgrade(request, socket, head, (websocket) => {
        const open = this.metrics.websockets.labels(path);
        open.inc();
        websocket.once('close', () => open.dec());
        resolve(websocket);
      });
    });
  }

  /** Browsers let any page open a websocket to anywhere and say so in Origin: only ours and the configured may. */
  #checkOrigin(request: IncomingMessage): void {
    const { origin, host } = request.headers;
    if (origin === undefined) return;
    if (this.options.allowedOrigins.includes(origin) || origin === this.options.publicUrl) return;
    if (URL.canParse(origin) && new URL(origin).host === host) return;
    throw forbidden('Websockets from this origin are not allowed.');
  }
}

function refuse(socket: Duplex, failure: Failure, request: IncomingMessage, requestId: string): void {
  const body = JSON.stringify(toProblem(failure, requestId));
  const headers = {
    'content-type': PROBLEM_JSON,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    'x-request-id': requestId,
    ...failureHeaders(failure, request.headers.authorization),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(
    `HTTP/1.1 ${statusOf(failure)} ${failure.definition.title}\r\n${lines.join('\r\n')}\r\n\r\n${body}`,
  );
}
