import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import tar from 'tar-stream';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/**
 * A small OCI registry on loopback: an index, a manifest for this platform, a configuration, and one layer with a
 * disk under /disk. Speaks the pulling half of the OCI distribution specification.
 */
export class OciRegistry {
  readonly #texts = new Map<string, { type: string; body: Buffer }>();
  readonly #files = new Map<string, string>();
  readonly #tags = new Map<string, string>();
  readonly pulls: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly directory: string,
    /** What IMPORT_ALLOWED_HOSTS must name. */
    readonly host: string,
  ) {}

  /** `credentials`: whom alone it gives its images. */
  static async start(credentials?: { username: string; password: string }): Promise<OciRegistry> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const self = new OciRegistry(server, mkdtempSync(join(tmpdir(), 'oci-registry-')), host);
    server.on('request', (request, response) => {
      const path = new URL(request.url ?? '/', 'http://registry').pathname;
      self.pulls.push(`${request.method} ${path}`);
      const expected =
        credentials &&
        `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
      if (expected && request.headers.authorization !== expected) {
        return void response.writeHead(401, { 'www-authenticate': 'Basic realm="registry"' }).end();
      }
      if (path === '/v2/') return void response.writeHead(200).end();
      const match = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path);
      const [, repository = '', , reference = ''] = match ?? [];
      const digest = self.#tags.get(`${repository}:${reference}`) ?? reference;
      const text = self.#texts.get(digest);
      const file = self.#files.get(digest);
      if (text) {
        response.writeHead(200, {
          'content-type': text.type,
          'content-length': text.body.length,
          'docker-content-digest': digest,
        });
        return void response.end(request.method === 'HEAD' ? undefined : text.body);
      }
      if (file) {
        response.writeHead(200, {
          'content-type': 'application/octet-stream',
          'content-length': statSync(file).size,
        });
        if (request.method === 'HEAD') return void response.end();
        return void createReadStream(file).pipe(response);
      }
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] }));
    });
    return self;
  }

  /** Puts a file there in a container image: a container disk below `disk/`. Returns its address for a registry source. */
  async push(repository: string, tag: string, image: string, name = 'disk/disk.img'): Promise<string> {
    const layer = join(this.directory, `${this.#files.size}.tar.gz`);
    const pack = tar.pack();
    const entry = pack.entry({ name, size: statSync(image).size });
    const written = pipeline(pack, createGzip({ level: 1 }), createWriteStream(layer));
    await pipeline(createReadStream(image), entry);
    pack.finalize();
    await written;
    const hash = createHash('sha256');
    await pipeline(createReadStream(layer), hash);
    const digest = `sha256:${hash.digest('hex')}`;
    this.#files.set(digest, layer);
    const config = this.#text(CONFIG, { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers' } });
    const manifest = this.#text(MANIFEST, {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: CONFIG, ...config },
      layers: [{ mediaType: LAYER, digest, size: statSync(layer).size }],
    });
    const index = this.#text(INDEX, {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [
        {
          mediaType: MANIFEST,
          ...manifest,
          platform: { architecture: process.arch === 'arm64' ? 'arm64' : 'amd64', os: 'linux' },
        },
      ],
    });
    this.#tags.set(`${repository}:${tag}`, index.digest);
    return `docker://${this.host}/${repository}:${tag}`;
  }

  #text(type: string, content: object): { digest: string; size: number } {
    const body = Buffer.from(JSON.stringify(content));
    const digest = digestOf(body);
    this.#texts.set(digest, { type, body });
    return { digest, size: body.length };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
    rmSync(this.directory, { recursive: true, force: true });
  }
}
