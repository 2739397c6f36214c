import { webcrypto } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import * as x509 from '@peculiar/x509';

export interface PeerObject {
  apiVersion?: string;
  kind?: string;
  // biome-ignore lint/suspicious/noExplicitAny: a peer takes what it is given.
  metadata: any;
  // biome-ignore lint/suspicious/noExplicitAny: a peer takes what it is given.
  [field: string]: any;
}

export interface SeenRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  rawHeaders: string[];
  body: string;
}

interface Watcher {
  collection: string;
  namespace: string | null;
  response: ServerResponse;
}

type Answer = { status: number; body: string; type?: string; headers?: Record<string, string> } | 'hang';

/**
 * A small API server over real TLS that speaks list and watch as Kubernetes does: one revision counter, paging,
 * bookmarks, 410 after compaction. It stands at the other end of the wire, so nothing of virtgate is replaced.
 */
export class KubeApiPeer {
  readonly seen: SeenRequest[] = [];
  /** Answers a request in place of the peer; null lets it go on. */
  intercept: (request: SeenRequest) => Answer | null = () => null;
  /** Versions by group, as `/apis` tells them. */
  groups: Record<string, string[]> = { 'kubevirt.io': ['v1', 'v1alpha3'] };
  readonly token = 'peer-token';
  private readonly objects = new Map<string, Map<string, PeerObject>>();
  private log: { revision: number; collection: string; type: string; object: PeerObject }[] = [];
  private readonly watchers = new Set<Watcher>();
  private readonly sockets = new Set<Duplex>();
  private revision = 100;
  private compacted = 0;
  private server: Server | null = null;
  port = 0;

  private constructor(
    readonly directory: string,
    private readonly tls: { cert: string; key: string },
  ) {}

  static async start(): Promise<KubeApiPeer> {
    const directory = await mkdtemp(join(tmpdir(), 'kube-api-peer-'));
    const peer = new KubeApiPeer(directory, await selfSigned());
    await peer.listen();
    return peer;
  }

  /** Again on the same port, with the same objects. */
  async listen(): Promise<void> {
    const server = createServer(this.tls, (request, response) => void this.handle(request, response));
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    await writeFile(this.kubeconfig, JSON.stringify(this.config()));
  }

  get kubeconfig(): string {
    return join(this.directory, 'kubeconfig');
  }

  get watching(): number {
    return this.watchers.size;
  }

  /** The raw HTTPS server, for upgrades. */
  get raw(): Server {
    return this.server as Server;
  }

  /** As kill -9 would: no goodbye, nothing answers. */
  async die(): Promise<void> {
    const server = this.server;
    this.server = null;
    for (const socket of this.sockets) socket.destroy();
    this.watchers.clear();
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  }

  async end(): Promise<void> {
    await this.die();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Every watch loses its connection in the middle. */
  dropWatches(): void {
    for (const { response } of this.watchers) response.socket?.destroy();
    this.watchers.clear();
  }

  /** Every connection breaks; the server stays. */
  breakConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  put(collection: string, object: PeerObject): PeerObject {
    const { namespace = '', name } = object.metadata;
    const all = this.collection(collection);
    const key = `${namespace}/${name}`;
    const old = all.get(key);
    this.revision += 1;
    const metadata = {
      uid: old?.metadata.uid ?? `uid-${this.revision}`,
      managedFields: [{ manager: 'peer', fieldsV1: { 'f:spec': {} } }],
      ...object.metadata,
      resourceVersion: String(this.revision),
    };
    const stored = { ...object, metadata };
    all.set(key, stored);
    this.publish(collection, old ? 'MODIFIED' : 'ADDED', stored);
    return stored;
  }

  remove(collection: string, namespace: string, name: string): void {
    const object = this.collection(collection).get(`${namespace}/${name}`);
    if (!object) return;
    this.revision += 1;
    this.collection(collection).delete(`${namespace}/${name}`);
    const metadata = { ...object.metadata, resourceVersion: String(this.revision) };
    this.publish(collection, 'DELETED', { ...object, metadata });
  }

  bookmark(collection: string): void {
    const object = { metadata: { resourceVersion: String(this.revision) } };
    for (const watcher of this.watchers) {
      if (watcher.collection === collection) this.send(watcher, 'BOOKMARK', object);
    }
  }

  /** What came before can no longer be watched; silent, as a change that nobody was connected for. */
  compact(): void {
    this.compacted = this.revision;
    this.log = [];
  }

  private config() {
    return {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'peer',
      clusters: [
        {
          name: 'peer',
          cluster: {
            server: `https://127.0.0.1:${this.port}`,
            'certificate-authority-data': Buffer.from(this.tls.cert).toString('base64'),
          },
        },
      ],
      users: [{ name: 'peer', user: { token: this.token } }],
      contexts: [{ name: 'peer', context: { cluster: 'peer', user: 'peer' } }],
    };
  }

  private collection(name: string): Map<string, PeerObject> {
    let all = this.objects.get(name);
    if (!all) {
      all = new Map();
      this.objects.set(name, all);
    }
    return all;
  }

  private publish(collection: string, type: string, object: PeerObject): void {
    this.log.push({ revision: this.revision, collection, type, object });
    for (const watcher of this.watchers) {
      if (watcher.collection === collection) this.send(watcher, type, object);
    }
  }

  private send(watcher: Watcher, type: string, object: PeerObject): void {
    if (watcher.namespace && object.metadata.namespace && object.metadata.namespace !== watcher.namespace)
      return;
    watcher.response.write(`${JSON.stringify({ type, object })}\n`);
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://peer');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const seen: SeenRequest = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      rawHeaders: request.rawHeaders,
      body: Buffer.concat(chunks).toString(),
    };
    this.seen.push(seen);
    const special = this.intercept(seen);
    if (special === 'hang') return;
    if (special) {
      response.writeHead(special.status, {
        'content-type': special.type ?? 'application/json',
        ...special.headers,
      });
      response.end(special.body);
      return;
    }
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      return this.status(response, 401, 'Unauthorized', 'Unauthorized');
    }
    if (url.pathname === '/apis') return this.discovery(response);
    const match = /^\/apis\/([^/]+)\/[^/]+(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/.exec(
      url.pathname,
    );
    if (!match?.[1] || !this.groups[match[1]]) {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
      response.end('404 page not found\n');
      return;
    }
    const [, , namespace = null, collection = '', name] = match;
    if (name) return this.object(response, collection, namespace, name);
    if (seen.query.get('watch') === 'true') return this.watch(seen, response, collection, namespace);
    this.list(seen, response, collection, namespace);
  }

  private discovery(response: ServerResponse): void {
    const groups = Object.entries(this.groups).map(([name, versions]) => ({
      name,
      versions: versions.map((version) => ({ groupVersion: `${name}/${version}`, version })),
      preferredVersion: { groupVersion: `${name}/${versions[0]}`, version: versions[0] },
    }));
    json(response, 200, { kind: 'APIGroupList', apiVersion: 'v1', groups });
  }

  private object(response: ServerResponse, collection: string, namespace: string | null, name: string): void {
    const object = this.collection(collection).get(`${namespace ?? ''}/${name}`);
    if (object) json(response, 200, object);
    else this.status(response, 404, 'NotFound', `${collection} "${name}" not found`);
  }

  private list(
    { query }: SeenRequest,
    response: ServerResponse,
    collection: string,
    namespace: string | null,
  ): void {
    const limit = Number(query.get('limit') ?? 0);
    const [at, from] = (query.get('continue') ?? `${this.revision}:0`).split(':').map(Number) as [
      number,
      number,
    ];
    if (at < this.compacted) {
      this.status(response, 410, 'Expired', 'The continue parameter is too old');
      return;
    }
    const all = [...this.collection(collection).entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object)
      .filter((object) => namespace === null || object.metadata.namespace === namespace);
    const items = limit ? all.slice(from, from + limit) : all;
    const more = limit > 0 && from + limit < all.length;
    json(response, 200, {
      kind: 'List',
      apiVersion: 'kubevirt.io/v1',
      metadata: { resourceVersion: String(at), ...(more && { continue: `${at}:${from + limit}` }) },
      items,
    });
  }

  private watch(
    { query }: SeenRequest,
    response: ServerResponse,
    collection: string,
    namespace: string | null,
  ): void {
    const since = Number(query.get('resourceVersion'));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const watcher = { collection, namespace, response };
    if (since < this.compacted) {
      const expired = {
        kind: 'Status',
        code: 410,
        reason: 'Expired',
        message: 'too old resource version',
        metadata: {},
      };
      response.end(`${JSON.stringify({ type: 'ERROR', object: expired })}\n`);
      return;
    }
    for (const entry of this.log) {
      if (entry.collection === collection && entry.revision > since)
        this.send(watcher, entry.type, entry.object);
    }
    this.watchers.add(watcher);
    response.once('close', () => this.watchers.delete(watcher));
  }

  private status(response: ServerResponse, code: number, reason: string, message: string): void {
    json(response, code, {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      metadata: {},
      message,
      reason,
      code,
    });
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function selfSigned(): Promise<{ cert: string; key: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  x509.cryptoProvider.set(webcrypto as never);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=kube-api-peer',
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 86_400_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const body = pkcs8.match(/.{1,64}/g)?.join('\n');
  return {
    cert: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`,
  };
}
