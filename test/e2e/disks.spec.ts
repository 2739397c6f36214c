import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { type Answer, type Json, until, Virtgate } from '../support/virtgate.js';

/** The whole product with simulated guests: disks are real files all the same. */
describe('disks', () => {
  let virtgate: Virtgate;
  const content = randomBytes(8 * 1024 * 1024);
  const sha256 = createHash('sha256').update(content).digest('hex');

  beforeAll(async () => {
    virtgate = await Virtgate.start({ env: { SANDBOX_DRIVER: 'simulated' } });
  }, 180_000);
  afterAll(() => virtgate?.stop(), 60_000);

  const path = '/projects/demo/disks';
  const done = async (answer: Answer): Promise<Json> => {
    expect([answer.status, answer.body.code]).toEqual([202, undefined]);
    return virtgate.settled(answer.body);
  };
  const create = (name: string, source: object, size = '16Mi') =>
    virtgate.rest('POST', path, { name, source, size });
  const disk = async (name: string): Promise<Json> => (await virtgate.rest('GET', `${path}/${name}`)).body;
  const put = async (name: string, query: string, body: Buffer): Promise<{ status: number; body: Json }> => {
    const answer = await fetch(`${virtgate.url}/api/v1${path}/${name}/content${query}`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${virtgate.token}`,
        'content-type': 'application/octet-stream',
        prefer: 'wait=30',
      },
      body: new Uint8Array(body),
    });
    return { status: answer.status, body: await answer.json() };
  };

  it('are created, grow, never shrink, and are deleted', async () => {
    expect((await done(await create('data-1', { blank: {} }))).state).toBe('SUCCEEDED');
    expect(await disk('data-1')).toMatchObject({ state: 'Ready', size: '16Mi', source: { blank: {} } });
    const shrink = await virtgate.rest('PATCH', `${path}/data-1`, { size: '8Mi' });
    expect([shrink.status, shrink.body.code]).toEqual([422, 'disk.cannot_shrink']);
    expect(shrink.body.detail).toMatch(/16Mi.*8Mi/);
    const grow = await done(await virtgate.rest('PATCH', `${path}/data-1`, { size: '32Mi' }));
    expect(grow.state).toBe('SUCCEEDED');
    await until('it has grown', async () => (await disk('data-1')).size === '32Mi');
    expect((await done(await virtgate.rest('DELETE', `${path}/data-1`))).state).toBe('SUCCEEDED');
    expect((await virtgate.rest('GET', `${path}/data-1`)).status).toBe(404);
  }, 120_000);

  it('take their content once, and only as it was announced', async () => {
    expect((await done(await create('up-1', { upload: {} }))).state).toBe('SUCCEEDED');
    const wrong = await put('up-1', `?sha256=${'0'.repeat(64)}`, content);
    expect([wrong.status, wrong.body.code]).toEqual([422, 'upload.checksum_mismatch']);
    // Whoever has the answer may try again at once.
    const wrongAgain = await put('up-1', `?sha256=${'1'.repeat(64)}`, content);
    expect([wrongAgain.status, wrongAgain.body.code]).toEqual([422, 'upload.checksum_mismatch']);
    await goneHalfWay('up-1');
    await until('it is known', async () => /went away/.test((await disk('up-1')).message));
    const answer = await put('up-1', `?sha256=${sha256}`, content);
    expect([200, 202]).toContain(answer.status);
    expect((await virtgate.settled(answer.body)).state).toBe('SUCCEEDED');
    expect(await disk('up-1')).toMatchObject({ state: 'Ready' });
    const again = await put('up-1', '', content);
    expect([again.status, again.body.code]).toEqual([409, 'upload.not_expected']);
  }, 180_000);

  /** Half of the content, and away once the gateway has some of it. */
  const goneHalfWay = async (name: string): Promise<void> => {
    let leave = () => {};
    const gone = new Promise<void>((resolve) => {
      const upload = request(`${virtgate.url}/api/v1${path}/${name}/content`, {
        method: 'PUT',
        headers: {
          authorization: `Bearer ${virtgate.token}`,
          'content-type': 'application/octet-stream',
          'content-length': content.length,
        },
      });
      upload.on('error', () => {});
      upload.on('close', () => resolve());
      upload.write(content.subarray(0, content.length / 2));
      leave = () => upload.destroy();
    });
    await until('it goes on', async () => (await disk(name)).state === 'Uploading');
    leave();
    await gone;
  };

  it('go into machines and out again, cold and hot, and are kept while they are used', async () => {
    await done(await create('plug-1', { blank: {} }));
    const vms = '/projects/demo/vms';
    const body = {
      name: 'm1',
      cpus: 1,
      memory: '64Mi',
      bootDisk: { blank: true, size: '16Mi' },
      start: false,
    };
    expect((await done(await virtgate.rest('POST', vms, body))).state).toBe('SUCCEEDED');
    for (const running of [false, true]) {
      if (running) await done(await virtgate.rest('POST', `${vms}/m1/start`, {}));
      const attach = await done(await virtgate.rest('POST', `${vms}/m1/disks`, { disk: 'plug-1' }));
      expect(attach).toMatchObject({ state: 'SUCCEEDED', result: { hot: running } });
      await until('it is in use', async () => (await disk('plug-1')).attachedTo[0]?.running === running);
      const refused = await virtgate.rest('DELETE', `${path}/plug-1`);
      expect([refused.status, refused.body.code]).toEqual([409, 'disk.in_use']);
      expect(refused.body.detail).toContain('m1');
      const detach = await done(await virtgate.rest('DELETE', `${vms}/m1/disks/plug-1`));
      expect(detach.state).toBe('SUCCEEDED');
      await until('it is free', async () => (await disk('plug-1')).attachedTo.length === 0);
    }
  }, 180_000);
});
