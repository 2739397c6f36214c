import { createReadStream, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';

/** A web server on loopback that has one image, and misbehaves when asked to. */
export class ImageServer {
  requests = 0;

  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  /** What IMPORT_ALLOWED_HOSTS must name. */
  get host(): string {
    return new URL(this.origin).host;
  }

  /** What `/private.img` asks for. */
  static readonly credentials = { username: 'reader', password: 'open-sesame-4711' };

  /** `tls`: PEM, where it is to speak https. */
  static async start(image?: string, tls?: { cert: string; key: string }): Promise<ImageServer> {
    const server = tls ? createTlsServer(tls) : createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const self = new ImageServer(
      server,
      `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    );
    server.on('request', (request, response) => {
      self.requests += 1;
      const { pathname } = new URL(request.url ?? '/', self.origin);
      if (pathname === '/hangs') return;
      if (pathname === '/page')
        return void response.setHeader('content-type', 'text/html').end('<!doctype html><p>Sign in</p>');
      if (pathname === '/to-metadata')
        return void response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end();
      if (pathname === '/to-image') return void response.writeHead(302, { location: '/image.img' }).end();
      if (pathname === '/private.img') {
        const { username, password } = ImageServer.credentials;
        const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
        if (request.headers.authorization !== expected) {
          return void response.writeHead(401, { 'www-authenticate': 'Basic realm="images"' }).end();
        }
      }
      if (!image || !['/image.img', '/slow.img', '/private.img', '/half.img'].includes(pathname))
        return void response.writeHead(404).end('no such image');
      const { size } = statSync(image);
      const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
      const start = range ? Number(range[1]) : 0;
      const end = range?.[2] ? Math.min(Number(range[2]), size - 1) : size - 1;
      response.writeHead(range ? 206 : 200, {
        'content-type': 'application/octet-stream',
        'content-length': end - start + 1,
        'accept-ranges': 'bytes',
        ...(range ? { 'content-range': `bytes ${start}-${end}/${size}` } : {}),
      });
      if (request.method === 'HEAD') return void response.end();
      if (pathname === '/half.img') {
        const half = createReadStream(image, { start, end: start + Math.floor((end - start) / 2) });
        half.on('end', () => response.destroy()).pipe(response, { end: false });
        return;
      }
      const stream = createReadStream(image, { start, end, highWaterMark: 1 << 20 });
      if (pathname === '/slow.img') stream.pipe(paced()).pipe(response);
      else stream.pipe(response);
      response.on('close', () => stream.destroy());
    });
    return self;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

/** About 4 MiB a second: an import that can be watched and interrupted. */
function paced(): Transform {
  return new Transform({
    transform(chunk, _encoding, done) {
      setTimeout(() => done(null, chunk), 250);
    },
  });
}
