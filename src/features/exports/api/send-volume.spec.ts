import { createHash } from 'node:crypto';
import { get, type IncomingMessage, type RequestOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { type FastifyInstance, fastify } from 'fastify';
import { type Caller } from '../../operations/outcome.contract.js';
import type { DownloadAuthority } from '../commands/download-authority.js';
import { ReadableVolume } from '../commands/open-volume.js';
import { ExportServer } from '../data/export-server.js';
import { ExportServerPeer } from '../data/export-server-peer.spec-support.js';
import type { ExportFormat } from '../domain/observed.js';
import { SendVolume } from './send-volume.js';

const CONTENT = Buffer.alloc(300_000, 'virtgate');
const caller = { principal: { id: 'u-1' }, project: { id: 'p-1' } } as unknown as Caller;

describe('a download', () => {
  let peer: ExportServerPeer;
  let server: ExportServer;
  let app: FastifyInstance;
  let port: number;
  let recorded: number;

  beforeEach(async () => {
    peer = await ExportServerPeer.start(CONTENT);
    server = new ExportServer();
    recorded = 0;
    const authority = {
      of: () => Promise.resolve(caller),
      record: () => {
        recorded += 1;
        return Promise.resolve();
      },
    } as unknown as DownloadAuthority;
    const sending = new SendVolume(authority);
    app = fastify({ exposeHeadRoutes: true });
    app.get('/:format', (request, reply) => {
      const { format } = request.params as { format: ExportFormat };
      const volume = new ReadableVolume(server, 'right', peer.export(), 'web-root', format);
      void sending.execute(volume, caller, request, reply).catch((error) => reply.send(error));
      return reply;
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    port = (app.server.address() as AddressInfo).port;
  });

  afterEach(async () => {
    await app.close();
    await server.onApplicationShutdown();
    await peer.end();
  });

  const ask = (path: string, options: RequestOptions = {}): Promise<IncomingMessage> =>
    new Promise((done, fail) => {
      get({ host: '127.0.0.1', port, path, agent: false, ...options }, done).on('error', fail);
    });

  it('is the volume, byte by byte, with its length, and is recorded', async () => {
    const answer = await ask('/raw');
    expect([answer.statusCode, answer.headers['content-length']]).toEqual([200, '300000']);
    expect(answer.headers).toMatchObject({
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-store',
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename="web-root.img"',
    });
    expect((await buffer(answer)).equals(CONTENT)).toBe(true);
    expect(recorded).toBe(1);
  });

  it('compressed is the same, and knows no ranges', async () => {
    const answer = await ask('/gzip', { headers: { range: 'bytes=0-9' } });
    expect([answer.statusCode, answer.headers['accept-ranges']]).toEqual([200, 'none']);
    expect(gunzipSync(await buffer(answer)).equals(CONTENT)).toBe(true);
    expect(peer.seen[0]?.range).toBeUndefined();
  });

  it.each([
    ['bytes=8-15', 'bytes 8-15/300000', 8, 16],
    ['bytes=299990-', 'bytes 299990-299999/300000', 299_990, 300_000],
    ['bytes=-8', 'bytes 299992-299999/300000', 299_992, 300_000],
  ])('of a range %s is that range', async (range, contentRange, from, to) => {
    const answer = await ask('/raw', { headers: { range } });
    expect([answer.statusCode, answer.headers['content-range']]).toEqual([206, contentRange]);
    expect((await buffer(answer)).equals(CONTENT.subarray(from, to))).toBe(true);
  });

  it('goes on only while it is still the same', async () => {
    const { etag } = (await ask('/raw', { method: 'HEAD' })).headers;
    const same = await ask('/raw', { headers: { range: 'bytes=1-2', 'if-range': etag } });
    const other = await ask('/raw', { headers: { range: 'bytes=1-2', 'if-range': '"another"' } });
    expect([same.statusCode, other.statusCode]).toEqual([206, 200]);
    same.resume();
    expect((await buffer(other)).length).toBe(300_000);
  });

  it('beyond the end is 416, as a problem', async () => {
    const answer = await ask('/raw', { headers: { range: 'bytes=300000-' } });
    expect([answer.statusCode, answer.headers['content-range']]).toEqual([416, 'bytes */300000']);
    expect(JSON.parse((await buffer(answer)).toString())).toMatchObject({
      status: 416,
      code: 'export.range_not_satisfiable',
    });
  });

  it('asked with HEAD tells the length, sends nothing and is no download', async () => {
    const answer = await ask('/raw', { method: 'HEAD' });
    expect([answer.statusCode, answer.headers['content-length']]).toEqual([200, '300000']);
    expect((await buffer(answer)).length).toBe(0);
    expect(recorded).toBe(0);
  });

  it('tells the digest of what it sent at its end, to who wants it', async () => {
    const answer = await ask('/raw', { headers: { 'want-content-digest': 'sha-256=1' } });
    expect((await buffer(answer)).equals(CONTENT)).toBe(true);
    const digest = createHash('sha256').update(CONTENT).digest('base64');
    expect(answer.trailers['content-digest']).toBe(`sha-256=:${digest}:`);
  });

  it('whose client has gone lets the server go', async () => {
    let closed = false;
    peer.intercept = (_request, response) => {
      response.writeHead(200, { 'content-length': 10_000_000 });
      response.write(Buffer.alloc(100_000));
      response.once('close', () => {
        closed = true;
      });
      return true;
    };
    const answer = await ask('/raw');
    answer.destroy();
    for (let tries = 0; tries < 50 && !closed; tries += 1) await sleep(20);
    expect(closed).toBe(true);
  });

  it.each([{}, { 'want-content-digest': 'sha-256=1' }])(
    'whose server has gone breaks, and does not look whole: %j',
    async (headers) => {
      peer.intercept = (_request, response) => {
        response.writeHead(200, { 'content-length': 10_000_000 });
        response.write(Buffer.alloc(100_000), () => setTimeout(() => response.destroy(), 50));
        return true;
      };
      const answer = await ask('/raw', { headers });
      await expect(buffer(answer)).rejects.toThrow(/aborted|hang up|closed/i);
    },
  );

  it('to a client that does not read makes the server wait', async () => {
    let written = 0;
    peer.intercept = (_request, response) => {
      response.writeHead(200, { 'content-length': 1e9 });
      const chunk = Buffer.alloc(1024 * 1024);
      const more = () => {
        do written += chunk.length;
        while (written < 1e9 && response.write(chunk) && !response.destroyed);
      };
      response.on('drain', more);
      more();
      return true;
    };
    const answer = await ask('/raw');
    answer.pause();
    let before = -1;
    while (before !== written) {
      before = written;
      await sleep(300);
    }
    // What fits into sockets and buffers on the way, and no more.
    expect(written).toBeLessThan(64 * 1024 * 1024);
    answer.destroy();
  });
});
