import { webcrypto } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { gzipSync } from 'node:zlib';
import * as x509 from '@peculiar/x509';
import type { ExportLink, ObservedExport } from '../domain/observed.js';

/** For tests: an export server over real TLS that speaks as KubeVirt's does, at the other end of the wire. */
export class ExportServerPeer {
  readonly seen: { path: string; token: string | undefined; range: string | undefined }[] = [];
  /** Answers in place of the peer; false lets it go on. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  readonly #sockets = new Set<Duplex>();
  port = 0;

  private constructor(
    readonly content: Buffer,
    readonly token: string,
    readonly cert: string,
    private readonly server: Server,
  ) {}

  static async start(content: Buffer, token = 'right'): Promise<ExportServerPeer> {
    const { cert, key } = await selfSigned();
    const server = createServer({ cert, key });
    const peer = new ExportServerPeer(content, token, cert, server);
    server.on('request', (request, response) => peer.#answer(request, response));
    server.on('connection', (socket) => {
      peer.#sockets.add(socket);
      socket.once('close', () => peer.#sockets.delete(socket));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    peer.port = (server.address() as AddressInfo).port;
    return peer;
  }

  link(more: Partial<ExportLink> = {}, port = this.port): ExportLink {
    const base = `https://127.0.0.1:${port}/volumes/web-root/disk.img`;
    return {
      cert: this.cert,
      volumes: [
        {
          name: 'web-root',
          formats: [
            { format: 'raw', url: base },
            { format: 'gzip', url: `${base}.gz` },
          ],
        },
      ],
      manifests: [],
      ...more,
    };
  }

  export(more: Partial<ObservedExport> = {}): ObservedExport {
    return {
      namespace: 'vg-demo-1',
      name: 'out',
      uid: 'export-1',
      resourceVersion: '1',
      createdAt: '2030-01-01T00:00:00Z',
      deleting: false,
      source: { kind: 'PersistentVolumeClaim', name: 'web-root' },
      phase: 'Ready',
      message: null,
      ttl: 3600,
      expiresAt: '2030-01-01T01:00:00Z',
      operationId: 'op-1',
      createdBy: null,
      tokenSecret: 'out-token',
      internal: this.link(),
      external: null,
      ...more,
    };
  }

  async end(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { headers, url = '' } = request;
    const token = headers['x-kubevirt-export-token'] as string | undefined;
    this.seen.push({ path: url, token, range: headers.range });
    if (this.intercept(request, response)) return;
    if (token !== this.token) response.writeHead(401).end();
    else if (url.endsWith('.gz')) response.writeHead(200).end(gzipSync(this.content));
    else this.#ranged(headers.range, response);
  }

  #ranged(range: string | undefined, response: ServerResponse): void {
    const { length } = this.content;
    const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
    if (from === undefined || to === undefined) {
      response.writeHead(200, { 'content-length': length }).end(this.content);
      return;
    }
    const first = from === '' ? length - Number(to) : Number(from);
    const last = from === '' || to === '' ? length - 1 : Math.min(Number(to), length - 1);
    if (first >= length) {
      response.writeHead(416, { 'content-range': `bytes */${length}` }).end();
      return;
    }
    const part = this.content.subarray(first, last + 1);
    response
      .writeHead(206, {
        'content-range': `bytes ${first}-${last}/${length}`,
        'content-length': part.length,
      })
      .end(part);
  }
}

async function selfSigned(): Promise<{ cert: string; key: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=export-server',
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + 3_600_000),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 1, true),
        new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]),
      ],
    },
    webcrypto as never,
  );
  const exported = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = `-----BEGIN PRIVATE KEY-----\n${exported.toString('base64')}\n-----END PRIVATE KEY-----\n`;
  return { cert: certificate.toString('pem'), key };
}
