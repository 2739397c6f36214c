import { createHash, timingSafeEqual } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ExportAddress } from '../controllers/export-links.js';
import { type ExportedVolume, exportedSource } from '../controllers/exported-volumes.js';
import type { SandboxLogger } from '../controllers/process-context.js';
import { VM_EXPORTS, type World } from '../controllers/reconciliation.js';
import type { KubeObject } from '../store/kube-object.js';
import { servingCertificate } from '../wire/certificates.js';
import { listenOnRememberedPort } from '../wire/remembered-port.js';
import { parseRange } from './byte-range.js';
import { exportManifest, writtenManifest } from './export-manifests.js';

export interface ExportServerParts {
  /** What there is at this moment. */
  world(): World;
  /** The sandbox's own; the certificate is the API server's. */
  directory: string;
  logger: SandboxLogger;
}

const HOST = '127.0.0.1';
const TOKEN = 'x-kubevirt-export-token';
const PATH =
  /^\/api\/export\.kubevirt\.io\/v1(?:beta1|alpha1)?\/namespaces\/([^/]+)\/virtualmachineexports\/([^/]+)(\/.*)$/;
const CHUNK = 1024 * 1024;
const LOOK_MS = 500;

/**
 * KubeVirt's export proxy and servers in one: HTTPS, a token of the export's secret in the header or the
 * query `x-kubevirt-export-token`. Raw disks take one `Range`. Refusals: 400 for a path that is none, 401
 * for a missing or wrong token, 404 for what the export does not hold, 503 while it is not ready. A download
 * is cut when its source begins to change under it.
 */
export class ExportServer {
  readonly #connections = new Set<Socket>();
  #server: Server | undefined;
  #address: ExportAddress | undefined;

  constructor(private readonly parts: ExportServerParts) {}

  /** Known after `listen`. */
  get address(): ExportAddress {
    if (!this.#address) throw new Error('the export server does not listen yet');
    return this.#address;
  }

  async listen(): Promise<void> {
    const { directory, logger } = this.parts;
    const { authority, certificate, privateKey } = await servingCertificate(directory);
    const server = createServer({ cert: certificate, key: privateKey }, (request, response) => {
      this.#serve(request, response).catch((error) => {
        logger.error({ err: String(error) }, 'an export could not be served');
        refuse(response, 500, 'Internal error');
      });
    });
    server.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.on('close', () => this.#connections.delete(socket));
    });
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.#server = server;
    const port = await listenOnRememberedPort(server, join(directory, 'export-port'), HOST);
    this.#address = { url: `https://${HOST}:${port}`, authority };
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#connections) socket.destroy();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://export');
    if (url.pathname === '/healthz') return refuse(response, 200, 'OK');
    const [, namespace, name, rest = ''] = PATH.exec(url.pathname) ?? [];
    if (!namespace || !name) return refuse(response, 400, 'Bad Request');
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, '');
    const world = this.parts.world();
    const found = world.get(VM_EXPORTS, namespace, name);
    if (!found || found.metadata.deletionTimestamp) return refuse(response, 404, 'export not found');
    const given = request.headers[TOKEN] ?? url.searchParams.get(TOKEN);
    if (typeof given !== 'string' || !isToken(given, found, world))
      return refuse(response, 401, 'Unauthorized');
    const source = exportedSource(found, world);
    if (found.status?.phase !== 'Ready' || source.state !== 'ready') {
      return refuse(response, 503, 'export not ready');
    }
    const [, volumeName, file] = /^\/volumes\/([^/]+)\/disk\.img(\.gz)?$/.exec(rest) ?? [];
    const volume = source.volumes.find((one) => one.name === volumeName);
    if (volume) {
      const stop = this.#whileUnchanged(found, response);
      try {
        return await (file ? sendGzip(request, response, volume) : sendRaw(request, response, volume));
      } finally {
        stop();
      }
    }
    const manifest = /^\/(?:internal|external)\/manifests\/(all|secret)$/.exec(rest)?.[1];
    const objects =
      manifest && exportManifest(manifest as 'all' | 'secret', found, source, given, this.address);
    if (!objects) return refuse(response, 404, 'not found');
    const { type, text } = writtenManifest(objects, request.headers.accept);
    response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
    response.end(request.method === 'HEAD' ? undefined : text);
  }

  /** Bytes of a disk that a guest writes to, or that is gone, are worth nothing. Gives the way to stop. */
  #whileUnchanged({ metadata }: KubeObject, response: ServerResponse): () => void {
    const timer = setInterval(() => {
      const world = this.parts.world();
      const present = world.get(VM_EXPORTS, metadata.namespace, metadata.name);
      const same = present?.metadata.uid === metadata.uid && !present.metadata.deletionTimestamp;
      if (!same || exportedSource(present, world).state !== 'ready') response.destroy();
    }, LOOK_MS);
    return () => clearInterval(timer);
  }
}

function isToken(given: string, { metadata, status }: KubeObject, world: World): boolean {
  const secret = world.get('secrets', metadata.namespace, status?.tokenSecretRef ?? '');
  const token = Buffer.from(secret?.data?.token ?? '', 'base64').toString('utf8');
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return token !== '' && timingSafeEqual(digest(given), digest(token));
}

async function sendRaw(
  request: IncomingMessage,
  response: ServerResponse,
  volume: ExportedVolume,
): Promise<void> {
  const facts = await stat(volume.path).catch(() => undefined);
  if (!facts) return refuse(response, 404, 'not found');
  const { size } = facts;
  const range = parseRange(request.headers.range, size);
  const headers = { ...fileHeaders(facts), 'accept-ranges': 'bytes' };
  if (range === 'unsatisfiable') {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${size}` });
    response.end();
    return;
  }
  const { first, last } = range ?? { first: 0, last: size - 1 };
  response.writeHead(range ? 206 : 200, {
    ...headers,
    'content-length': last - first + 1,
    ...(range ? { 'content-range': `bytes ${first}-${last}/${size}` } : {}),
  });
  if (request.method === 'HEAD' || size === 0) {
    response.end();
    return;
  }
  const file = createReadStream(volume.path, { start: first, end: last, highWaterMark: CHUNK });
  await unlessGone(pipeline(file, response));
}

async function sendGzip(
  request: IncomingMessage,
  response: ServerResponse,
  volume: ExportedVolume,
): Promise<void> {
  const facts = await stat(volume.path).catch(() => undefined);
  if (!facts) return refuse(response, 404, 'not found');
  response.writeHead(200, { ...fileHeaders(facts), 'content-type': 'application/gzip' });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const file = createReadStream(volume.path, { highWaterMark: CHUNK });
  await unlessGone(pipeline(file, createGzip({ level: 1, chunkSize: 128 * 1024 }), response));
}

const fileHeaders = ({ mtime }: Stats) => ({
  'content-type': 'application/octet-stream',
  'last-modified': mtime.toUTCString(),
});

/** A client that goes half-way, or a download that was cut, is nobody's error. */
async function unlessGone(transfer: Promise<void>): Promise<void> {
  await transfer.catch((error: NodeJS.ErrnoException) => {
    const gone = ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED'];
    if (!gone.includes(error.code ?? '')) throw error;
  });
}

function refuse(response: ServerResponse, code: number, text: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
}
