import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { usableBytes } from '../controllers/claim-size.js';
import { type DiskWork, UploadRefused } from '../controllers/disk-work.js';
import type { SandboxLogger } from '../controllers/process-context.js';
import { quantityBytes } from '../controllers/quantity.js';
import { CLAIMS, STORAGE_CLASSES } from '../controllers/reconciliation.js';
import { isUploadTarget } from '../controllers/upload-target.js';
import { ImportError } from '../nodes/disk-images.js';
import type { KubeObject } from '../store/kube-object.js';
import type { ObjectStore } from '../store/object-store.js';
import { servingCertificate } from '../wire/certificates.js';
import { listenOnRememberedPort } from '../wire/remembered-port.js';
import type { UploadTokens } from './upload-tokens.js';

export interface UploadProxyParts {
  store: ObjectStore;
  disks: DiskWork;
  tokens: UploadTokens;
  /** The sandbox's own; the certificate is the API server's. */
  directory: string;
  logger: SandboxLogger;
}

const HOST = '127.0.0.1';
const UNREAD_LIMIT = 64 * 1024 * 1024;
const PATHS = new Map([
  ['/v1beta1/upload', { waits: true }],
  ['/v1alpha1/upload', { waits: true }],
  ['/v1beta1/upload-async', { waits: false }],
  ['/v1alpha1/upload-async', { waits: false }],
]);

/**
 * CDI's upload proxy: HTTPS, one image a request, straight into the claim's disk. `upload` answers when the
 * disk is made, `upload-async` when all bytes have come.
 * Refusals: 400 without a bearer token or for a bad image, 401 for a bad token, 503 while the claim waits for
 * no image.
 */
export class UploadProxy {
  readonly #connections = new Set<Socket>();
  #server: Server | undefined;

  constructor(private readonly parts: UploadProxyParts) {}

  /** Returns the URL. */
  async listen(): Promise<string> {
    const { directory } = this.parts;
    const { certificate, privateKey } = await servingCertificate(directory);
    const server = createServer({ cert: certificate, key: privateKey }, (request, response) => {
      this.#serve(request, response).catch((error) => {
        this.parts.logger.error({ err: String(error) }, 'an upload failed');
        answer(response, 500, 'Internal error');
      });
    });
    // An image takes as long as it takes.
    server.requestTimeout = 0;
    server.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.on('close', () => this.#connections.delete(socket));
    });
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.#server = server;
    const port = await listenOnRememberedPort(server, join(directory, 'upload-port'), HOST);
    return `https://${HOST}:${port}`;
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#connections) socket.destroy();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('Access-Control-Allow-Origin', '*');
    const { pathname } = new URL(request.url ?? '/', 'https://upload');
    if (pathname === '/healthz') return answer(response, 200, 'OK');
    const found = PATHS.get(pathname);
    if (!found) return answer(response, 404, '404 page not found');
    if (request.method === 'OPTIONS') {
      response.setHeader('Access-Control-Allow-Methods', 'HEAD, POST, PUT, OPTIONS');
      response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type');
      return answer(response, 204, '');
    }
    if (!['POST', 'PUT', 'HEAD'].includes(request.method ?? '')) return answer(response, 405, '');
    const token = /^Bearer +(\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (!token) return answer(response, 400, 'Missing or malformed Authorization header');
    const target = await this.parts.tokens.verify(token);
    if (!target) return answer(response, 401, 'Unauthorized');
    const claim = this.parts.store.get(CLAIMS, target.namespace, target.name);
    if (!claim || !this.#awaitsUpload(claim)) {
      return answer(response, 503, `PVC ${target.namespace}/${target.name} is not ready for an upload`);
    }
    if (request.method === 'HEAD') return answer(response, 200, '');
    await this.#receive(request, response, claim, found.waits);
  }

  #awaitsUpload(claim: KubeObject): boolean {
    const { deletionTimestamp, uid } = claim.metadata;
    const waits = isUploadTarget(claim) && !deletionTimestamp && claim.status?.phase === 'Bound';
    return waits && this.parts.disks.state(uid).state === 'absent';
  }

  /** An operator's storage may be nearly full: parameter `room` of the claim's class says what is left for a disk. */
  #roomFor({ spec }: KubeObject): number | undefined {
    const storageClass = this.parts.store.get(STORAGE_CLASSES, undefined, spec.storageClassName ?? '');
    const room = quantityBytes(storageClass?.parameters?.room);
    return room === undefined ? undefined : Number(room);
  }

  async #receive(
    request: IncomingMessage,
    response: ServerResponse,
    claim: KubeObject,
    waits: boolean,
  ): Promise<void> {
    const length = Number(request.headers['content-length'] ?? Number.NaN);
    const requested = usableBytes(claim, this.parts.store);
    const preallocate =
      claim.metadata.annotations?.['cdi.kubevirt.io/storage.preallocation.requested'] === 'true';
    try {
      await this.parts.disks.receive(claim, {
        bytes: bodyOf(request),
        length: Number.isSafeInteger(length) ? length : undefined,
        sizeBytes: requested,
        preallocate,
        room: this.#roomFor(claim),
        onReceived: () => {
          if (!waits) answer(response, 200, '');
        },
      });
      answer(response, 200, '');
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const fields = { claim: `${claim.metadata.namespace}/${claim.metadata.name}`, err: message };
      this.parts.logger.warn(fields, 'an upload came to nothing');
      if (error instanceof UploadRefused) return answer(response, 503, 'An upload is under way already');
      const isSenders = error instanceof ImportError && error.refusal !== 'no-space';
      answer(response, isSenders ? 400 : 500, `Saving stream failed: ${message}`);
      leaveUnread(request);
    }
  }
}

/** What is still on its way is read and thrown away for a while, so that the client hears why. */
function leaveUnread(request: IncomingMessage): void {
  let left = UNREAD_LIMIT;
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.resume();
}

/** The body, one chunk at a time; a client that goes half-way is an error. */
async function* bodyOf(request: IncomingMessage): AsyncGenerator<Buffer> {
  for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  if (!request.complete) throw new Error('unexpected EOF: the client went away');
}

function answer(response: ServerResponse, code: number, text: string): void {
  if (response.headersSent || response.destroyed) return;
  // Closed while bytes are on their way, the connection would be reset, and the refusal lost with it. Go waits as well.
  if (code >= 400) response.setHeader('connection', 'keep-alive');
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
}
