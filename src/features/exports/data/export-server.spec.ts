import { text } from 'node:stream/consumers';
import { Logger } from '@nestjs/common';
import type { ExportLink } from '../domain/observed.js';
import { ExportServer } from './export-server.js';
import { ExportServerPeer } from './export-server-peer.spec-support.js';

const raw = ({ volumes }: ExportLink) => volumes[0]?.formats[0]?.url;

Logger.overrideLogger(false);

describe('the export server of the cluster', () => {
  let peer: ExportServerPeer;
  let server: ExportServer;

  beforeEach(async () => {
    peer = await ExportServerPeer.start(Buffer.from('what was exported'));
    server = new ExportServer();
  });

  afterEach(async () => {
    await server.onApplicationShutdown();
    await peer.end();
  });

  it('is shown the token in a header, never in the address', async () => {
    const { status, body } = await server.ask(peer.export(), { url: raw, token: 'right' });
    expect([status, await text(body)]).toEqual([200, 'what was exported']);
    expect(peer.seen).toEqual([{ path: '/volumes/web-root/disk.img', token: 'right', range: undefined }]);
  });

  it('passes a range on', async () => {
    const { status, headers, body } = await server.ask(peer.export(), {
      url: raw,
      token: 'right',
      range: 'bytes=5-7',
    });
    expect([status, headers['content-range'], await text(body)]).toEqual([206, 'bytes 5-7/17', 'was']);
  });

  it('is not believed with another certificate than the export names', async () => {
    const other = await ExportServerPeer.start(Buffer.from('x'));
    const internal = peer.link({ cert: other.cert });
    await expect(server.ask(peer.export({ internal }), { url: raw, token: 'right' })).rejects.toMatchObject({
      code: 'export.unreachable',
    });
    expect(peer.seen).toEqual([]);
    await other.end();
  });

  it('is never asked in the clear', async () => {
    const internal = peer.link({
      volumes: [
        { name: 'web-root', formats: [{ format: 'raw', url: `http://127.0.0.1:${peer.port}/disk.img` }] },
      ],
    });
    await expect(server.ask(peer.export({ internal }), { url: raw, token: 'right' })).rejects.toMatchObject({
      code: 'export.unreachable',
    });
  });

  it('is reached from outside where the inside does not answer, and the inside is not tried again at once', async () => {
    const gone = await ExportServerPeer.start(Buffer.from('x'));
    const { port } = gone;
    await gone.end();
    const observed = peer.export({ internal: peer.link({}, port), external: peer.link() });
    for (const _ of [1, 2]) {
      const { body } = await server.ask(observed, { url: raw, token: 'right' });
      expect(await text(body)).toBe('what was exported');
    }
    expect(peer.seen).toHaveLength(2);
  });

  it('that refuses is told as refusing, and nothing stays open', async () => {
    await expect(server.ask(peer.export(), { url: raw, token: 'wrong' })).rejects.toMatchObject({
      code: 'export.refused',
    });
  });

  it('ends when the asker does', async () => {
    peer.intercept = () => true;
    const abort = new AbortController();
    const asked = server.ask(peer.export(), { url: raw, token: 'right', signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });
});
