import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ClusterAdmin } from '../support/cluster-admin.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

const MIB = 1024 * 1024;
const PATH = '/projects/demo/disks';
const sha256 = (bytes: Uint8Array, encoding: 'hex' | 'base64' = 'hex') =>
  createHash('sha256').update(bytes).digest(encoding);

interface Reply {
  status: number;
  range: string | undefined;
  body: Json;
}

/** The whole product with simulated guests: disks are real files all the same. */
describe('uploads', () => {
  let virtgate: Virtgate;
  let admin: ClusterAdmin;

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
    admin = ClusterAdmin.of(virtgate.kubeconfig);
  }, 180_000);
  afterAll(async () => {
    admin?.close();
    await virtgate?.stop();
  }, 60_000);

  const disk = async (name: string): Promise<Json> => (await virtgate.rest('GET', `${PATH}/${name}`)).body;
  const operation = async (id: string): Promise<Json> =>
    (await virtgate.rest('GET', `/operations/${id}`)).body;
  const make = async (name: string, more: object = {}): Promise<string> => {
    const answer = await virtgate.rest('POST', PATH, { name, source: { upload: {} }, size: '16Mi', ...more });
    expect([answer.status, answer.body.code]).toEqual([202, undefined]);
    expect(await virtgate.settled(answer.body)).toMatchObject({ state: 'SUCCEEDED' });
    return (await disk(name)).id;
  };

  /** A PUT of which the caller sends the body itself, or leaves. */
  const open = (name: string, headers: Record<string, string | number>, query = '') => {
    let sent: ClientRequest | undefined;
    const reply = new Promise<Reply>((resolve, reject) => {
      sent = request(`${virtgate.url}/api/v1${PATH}/${name}/content${query}`, {
        method: 'PUT',
        agent: false,
        headers: {
          authorization: `Bearer ${virtgate.token}`,
          'content-type': 'application/octet-stream',
          ...headers,
        },
      });
      sent.on('error', reject);
      sent.on('response', (response: IncomingMessage) => {
        const chunks: Buffer[] = [];
        response.on('error', reject).on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            range: response.headers.range,
            body: JSON.parse(Buffer.concat(chunks).toString()),
          }),
        );
      });
    });
    reply.catch(() => {});
    return { sent: sent as ClientRequest, reply };
  };
  const put = (
    name: string,
    body: Buffer,
    headers: Record<string, string> = {},
    query = '',
  ): Promise<Reply> => {
    const { sent, reply } = open(name, { ...headers, 'content-length': body.length }, query);
    sent.end(body);
    return reply;
  };
  const rangeOf = (first: number, end: number, whole: Buffer) => ({
    'content-range': `bytes ${first}-${end - 1}/${whole.length}`,
  });
  const part = (name: string, whole: Buffer, first: number, end: number, query = '') =>
    put(name, whole.subarray(first, end), rangeOf(first, end, whole), query);
  const ask = (name: string, whole: Buffer) =>
    put(name, Buffer.alloc(0), { 'content-range': `bytes */${whole.length}` });

  const staged = () => {
    try {
      return readdirSync(join(virtgate.dataDirectory, 'uploads'));
    } catch {
      return [];
    }
  };
  const diskFiles = (uid: string) =>
    readdirSync(join(virtgate.dataDirectory, 'sandbox', 'disks')).filter((file) => file.startsWith(uid));
  const contentOf = (uid: string, length: number) =>
    readFileSync(join(virtgate.dataDirectory, 'sandbox', 'disks', `${uid}.img`)).subarray(0, length);

  it('come in parts, go on after the gateway was killed, and are whole in the end', async () => {
    const content = randomBytes(6 * MIB);
    const uid = await make('parts');
    expect(await ask('parts', content)).toMatchObject({
      status: 308,
      range: undefined,
      body: { received: 0, operation: null },
    });
    const first = await part('parts', content, 0, 2 * MIB);
    expect(first).toMatchObject({
      status: 308,
      range: `bytes=0-${2 * MIB - 1}`,
      body: { received: 2 * MIB },
    });
    const { operation: id } = first.body;
    await until('progress moved', async () => (await operation(id)).progress > 0);
    expect((await disk('parts')).state).toBe('Uploading');

    const ahead = await part('parts', content, 3 * MIB, 4 * MIB);
    expect(ahead).toMatchObject({ status: 409, range: `bytes=0-${2 * MIB - 1}` });
    expect(ahead.body).toMatchObject({ code: 'upload.offset_mismatch', details: { expected: 2 * MIB } });
    const straight = await put('parts', content);
    expect(straight.body).toMatchObject({ code: 'operation.in_progress', details: { operation: id } });
    const damaged = await put('parts', content.subarray(2 * MIB, 3 * MIB), {
      ...rangeOf(2 * MIB, 3 * MIB, content),
      'content-digest': `sha-256=:${sha256(content, 'base64')}:`,
    });
    expect([damaged.status, damaged.body.code]).toEqual([422, 'upload.checksum_mismatch']);
    expect((await ask('parts', content)).body).toMatchObject({ received: 2 * MIB, operation: id });

    // A client that goes half-way has sent what it has sent.
    const left = open('parts', { ...rangeOf(2 * MIB, 4 * MIB, content), 'content-length': 2 * MIB });
    left.sent.write(content.subarray(2 * MIB, 2.5 * MIB));
    await until('it came', async () => (await ask('parts', content)).body.received === 2.5 * MIB);
    left.sent.destroy();

    const cut = open('parts', { ...rangeOf(2.5 * MIB, 4 * MIB, content), 'content-length': 1.5 * MIB });
    cut.sent.write(content.subarray(2.5 * MIB, 3 * MIB));
    await until('some of it came', async () => (await ask('parts', content)).body.received > 2.5 * MIB);
    await virtgate.killAndAwaitRestart('gateway');
    await expect(cut.reply).rejects.toThrow();
    const { received } = (await ask('parts', content)).body;
    expect(received).toBeGreaterThan(2.5 * MIB);
    expect(received).toBeLessThanOrEqual(3 * MIB);

    const last = await part('parts', content, received, content.length, `?sha256=${sha256(content)}`);
    expect(last.body).toMatchObject({ id, kind: 'disk.upload' });
    expect(await virtgate.settled(last.body)).toMatchObject({
      state: 'SUCCEEDED',
      result: { name: 'parts', bytes: content.length },
    });
    await until('the disk is ready', async () => (await disk('parts')).state === 'Ready');
    expect(contentOf(uid, content.length).equals(content)).toBe(true);
    expect(staged()).toEqual([]);
    // The answer may have been lost on the way: who asks is told.
    const again = await ask('parts', content);
    expect(again.body).toMatchObject({ id, state: 'SUCCEEDED' });
  }, 180_000);

  it('in parts are not taken where the whole is not what was announced', async () => {
    const content = randomBytes(MIB);
    await make('wrong');
    const first = await part('wrong', content, 0, 1000, `?sha256=${'0'.repeat(64)}`);
    expect(first.status).toBe(308);
    const last = await part('wrong', content, 1000, MIB);
    expect([last.status, last.body.code]).toEqual([422, 'upload.checksum_mismatch']);
    expect(await operation(first.body.operation)).toMatchObject({
      state: 'FAILED',
      error: { code: 'upload.checksum_mismatch' },
    });
    expect(staged()).toEqual([]);
    // Nothing is in the way of the next.
    const whole = await put('wrong', content);
    expect((await virtgate.settled(whole.body)).state).toBe('SUCCEEDED');
  }, 120_000);

  it('in parts can be cancelled, and leave nothing', async () => {
    const content = randomBytes(MIB);
    await make('given-up');
    const { operation: id } = (await part('given-up', content, 0, 1000)).body;
    expect(staged()).toHaveLength(1);
    expect((await virtgate.rest('POST', `/operations/${id}/cancel`)).status).toBeLessThan(300);
    expect((await virtgate.settled({ id })).state).toBe('CANCELLED');
    await until('its bytes are gone', () => staged().length === 0);
    await until('it waits again', async () => (await disk('given-up')).state === 'UploadReady');
    expect((await ask('given-up', content)).body).toMatchObject({ received: 0, operation: null });
    // And what is begun is no reason to keep a disk.
    expect((await part('given-up', content, 0, 1000)).status).toBe(308);
    const gone = await virtgate.rest('DELETE', `${PATH}/given-up`);
    expect((await virtgate.settled(gone.body)).state).toBe('SUCCEEDED');
    await until('its bytes are gone', () => staged().length === 0);
  }, 120_000);

  it('end when who sends them may not any more', async () => {
    const uid = await make('revoked');
    const accounts = '/tenants/demo/service-accounts';
    await virtgate.rest('POST', accounts, {
      name: 'sender',
      bindings: [{ role: 'editor', project: 'demo' }],
    });
    const { body } = await virtgate.rest('POST', `${accounts}/sender/tokens`, { name: 't', expiresIn: '1h' });
    const whole = randomBytes(MIB);
    const authorization = `Bearer ${body.token}`;
    const { sent, reply } = open('revoked', { authorization, 'content-length': whole.length });
    sent.write(whole.subarray(0, 1000));
    await until('it goes on', async () => (await disk('revoked')).state === 'Uploading');
    expect((await virtgate.rest('DELETE', `${accounts}/sender/tokens/${body.id}`)).status).toBe(204);
    // Nothing more is sent: only its end can answer.
    const { status, body: refusal } = await reply;
    expect([status, refusal.code]).toEqual([403, 'auth.forbidden']);
    sent.destroy();
    await until('it waits again', async () => (await disk('revoked')).state === 'UploadReady');
    await until('its bytes are gone', () => diskFiles(uid).length === 0);
  }, 120_000);

  it('that are whole are passed on though their gateway dies', async () => {
    const content = randomBytes(MIB);
    const uid = await make('orphan');
    const { operation: id } = (await part('orphan', content, 0, 1000)).body;
    // The cluster does not answer: so the last part comes, and is not passed on.
    process.kill(virtgate.pid('sandbox'), 'SIGSTOP');
    try {
      const last = open('orphan', { ...rangeOf(1000, MIB, content), 'content-length': MIB - 1000 });
      last.sent.end(content.subarray(1000));
      await until('it is here', () => staged().length === 1 && stagedBytes() === MIB);
      process.kill(virtgate.pid('gateway'), 'SIGKILL');
    } finally {
      process.kill(virtgate.pid('sandbox'), 'SIGCONT');
    }
    expect((await virtgate.settled({ id })).state).toBe('SUCCEEDED');
    await virtgate.ready();
    expect(contentOf(uid, MIB).equals(content)).toBe(true);
    await until('its bytes are gone', () => staged().length === 0);
  }, 180_000);

  const stagedBytes = () =>
    staged()
      .map((file) => readFileSync(join(virtgate.dataDirectory, 'uploads', file)).length)
      .reduce((sum, bytes) => sum + bytes, 0);

  describe('that cannot become a disk', () => {
    let uid: string;
    beforeAll(async () => {
      uid = await make('picky');
    }, 150_000);

    const zipped = gzipSync(randomBytes(MIB));
    /** 1 MiB of zeros, as xz writes it. */
    const xz = Buffer.from(
      [
        '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj7///ANldAABv/f//o7f/Rz5IFXI5YVG4kijmo4YH+e7kHoLTL8U6PAFLsX7JiopNL6MN2X+m44wjEV',
        'PgWRjFdYrid/i2lH8MasDedElk4ulcU7IE2PdEDKtfDW1G6eXDdoi3llestk3haR1v+0uIEGxCy4g/XACP0E6vJiiUcR89jyThcJ6nI1/sKMuF',
        '0ZWYin4qkfIndfcZwAaYTZj92K/VkA/EJVP49ZE2MQWlsO5vwXBNRwzRkRGqrWAdus6xJxhcWYbpZlJYvul2rFnk5VsFCPnH2q38+1Iq9+SVJQ',
        'AAAAAAwva6PqJwa2AAAfUBgIBAAHmXf0exxGf7AgAAAAAEWVo=',
      ].join(''),
      'base64',
    );
    const qcow2 = Buffer.alloc(65536);
    qcow2.write('QFI\xfb', 'latin1');
    qcow2.writeUInt32BE(2, 4);
    qcow2.writeUInt32BE(16, 20);
    qcow2.writeBigUInt64BE(1n << 30n, 24);

    it.each([
      ['a raw image larger than the disk', randomBytes(20 * MIB), 'import.too_large', /larger/],
      ['a qcow2 of a larger virtual size', qcow2, 'import.too_large', /1073741824/],
      ['gzip cut off', zipped.subarray(0, zipped.length / 2), 'import.corrupt', /gz/],
      ['xz cut off', xz.subarray(0, xz.length - 40), 'import.corrupt', /xz/],
      [
        'a page of the web',
        Buffer.from(`<html>${'no disk '.repeat(1000)}</html>`),
        'import.not_an_image',
        /text/,
      ],
      ['a few bytes', Buffer.from('no disk'), 'import.not_an_image', /7 bytes/],
    ])(
      '%s',
      async (_what, body, code, words) => {
        const answer = await put('picky', body);
        expect([answer.status, answer.body.code]).toEqual([422, code]);
        expect(answer.body.detail).toMatch(words);
        expect(answer.body.hint).toEqual(expect.any(String));
        await nothingIsLeft(answer, uid, 'picky');
      },
      120_000,
    );

    it('one that the storage has no room for', async () => {
      await admin.call('POST', '/apis/storage.k8s.io/v1/storageclasses', {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: 'nearly-full' },
        provisioner: 'disks.sandbox.virtgate.io',
        parameters: { room: '1Mi' },
        volumeBindingMode: 'Immediate',
      });
      await until(
        'the class is seen',
        async () => (await virtgate.rest('GET', '/storage-classes/nearly-full')).status === 200,
      );
      const full = await make('full', {
        storageClass: 'nearly-full',
        accessMode: 'ReadWriteMany',
        volumeMode: 'Block',
      });
      const answer = await put('full', randomBytes(4 * MIB));
      expect([answer.status, answer.body.code]).toEqual([422, 'import.no_space']);
      await nothingIsLeft(answer, full, 'full');
    }, 120_000);

    it('parts of something that is too large, or has no room to wait in', async () => {
      const large = await put('picky', Buffer.alloc(1), { 'content-range': `bytes 0-0/${2 ** 40}` });
      expect([large.status, large.body.code]).toEqual([422, 'import.too_large']);
      const skewed = await put('picky', Buffer.alloc(1), { 'content-range': 'bytes 0-1/10' });
      expect([skewed.status, skewed.body.code]).toEqual([400, 'upload.range_invalid']);
      const endless = await put('picky', Buffer.alloc(1), { 'content-range': 'bytes 0-0/*' });
      expect([endless.status, endless.body.code]).toEqual([422, 'upload.not_resumable']);
      await make('huge', { size: '64Ti' });
      const huge = await put('huge', Buffer.alloc(1), { 'content-range': `bytes 0-0/${2 ** 45}` });
      expect([huge.status, huge.body.code]).toEqual([503, 'upload.staging_full']);
      expect(staged()).toEqual([]);
      expect(
        (await virtgate.rest('GET', '/operations?target=disk/huge&kind=disk.upload')).body.items,
      ).toEqual([]);
    }, 150_000);

    const nothingIsLeft = async ({ body }: Reply, of: string, name: string) => {
      const path = `/operations?target=disk/${name}`;
      const { items } = (await virtgate.rest('GET', path)).body;
      const failed = items.find(({ kind }: Json) => kind === 'disk.upload');
      expect(failed).toMatchObject({ state: 'FAILED', error: { code: body.code } });
      expect(diskFiles(of)).toEqual([]);
      await until('it waits again', async () => (await disk(name)).state === 'UploadReady');
      expect((await disk(name)).message).toContain(body.detail);
    };

    it('a second one at once, which harms the first not', async () => {
      const content = randomBytes(MIB);
      const { sent, reply } = open('picky', { 'content-length': content.length });
      sent.write(content.subarray(0, 1000));
      await until('it goes on', async () => (await disk('picky')).state === 'Uploading');
      const second = await put('picky', content);
      expect([second.status, second.body.code]).toEqual([409, 'operation.in_progress']);
      sent.end(content.subarray(1000));
      const first = await reply;
      expect(first).toMatchObject({ status: 202, body: { id: second.body.details.operation } });
      expect((await virtgate.settled(first.body)).state).toBe('SUCCEEDED');
      expect(contentOf(uid, MIB).equals(content)).toBe(true);
    }, 120_000);
  });
});
