import { ensureGuestImage } from '../guest-image/build-guest-image.js';
import { ConsoleEnd } from '../support/console.js';
import { ImageServer } from '../support/image-server.js';
import { describeWith, diskFiles, qemuProcesses } from '../support/machines.js';
import { type Json, until, Virtgate } from '../support/virtgate.js';

describeWith(['qemu-system-x86_64', 'qemu-img'], 'a real virtual machine over REST', () => {
  let virtgate: Virtgate;
  let images: ImageServer;

  beforeAll(async () => {
    const image = await ensureGuestImage();
    if (!image.available) throw new Error(`no guest image: missing ${image.missing.join(', ')}`);
    images = await ImageServer.start(image.path);
    virtgate = await Virtgate.start({ env: { IMPORT_ALLOWED_HOSTS: images.host } });
  }, 300_000);

  afterAll(async () => {
    await virtgate?.stop();
    await images?.stop();
  }, 60_000);

  const vm = async (): Promise<Json> => (await virtgate.rest('GET', '/projects/demo/vms/real-1')).body;
  const run = async (method: string, path: string, body?: unknown): Promise<Json> => {
    const answer = await virtgate.rest(method, `/projects/demo/vms${path}`, body);
    expect([answer.status, answer.body.code]).toEqual([202, undefined]);
    expect(answer.headers.get('location')).toBe(`/api/v1/operations/${answer.body.id}`);
    return answer.body;
  };

  it('is imported with progress and runs', async () => {
    const operation = await run('POST', '', {
      name: 'real-1',
      cpus: 1,
      memory: '256Mi',
      bootDisk: { url: `${images.origin}/slow.img`, size: '1Gi' },
      userData: '#cloud-config\n{}\n',
      runStrategy: 'RerunOnFailure',
      start: false,
    });
    const progress: number[] = [];
    await until(
      'the import settles',
      async () => {
        const { body } = await virtgate.rest('GET', `/operations/${operation.id}`);
        if (body.progress !== null && progress.at(-1) !== body.progress) progress.push(body.progress);
        return !['PENDING', 'RUNNING'].includes(body.state);
      },
      180_000,
    );
    expect((await virtgate.settled(operation)).state).toBe('SUCCEEDED');
    expect(progress.filter((value) => value > 0 && value < 100).length).toBeGreaterThan(1);
    expect([...progress].sort((a, b) => a - b)).toEqual(progress);
    expect(await vm()).toMatchObject({ state: 'Stopped', project: 'demo' });
    expect(diskFiles(virtgate.dataDirectory)).toHaveLength(1);
  }, 240_000);

  it('prints its boot line on the console and answers a command', async () => {
    const start = await run('POST', '/real-1/start', { paused: true });
    expect((await virtgate.settled(start)).state).toBe('SUCCEEDED');
    const session = await virtgate.rest('POST', '/projects/demo/vms/real-1/console-sessions', {
      type: 'serial',
    });
    expect(session.status).toBe(201);
    const console = await ConsoleEnd.open(session.body.websocketUrl);
    expect((await virtgate.settled(await run('POST', '/real-1/unpause'))).state).toBe('SUCCEEDED');
    await console.prints(/virtgate-guest ready real-1/, 120_000);
    expect(await vm()).toMatchObject({ state: 'Running', ready: true });
    console.type('echo $((6 * 7))-answer\n');
    await console.prints(/42-answer/);

    // Who shuts it down from inside finds it off: it is to run again after a failure only.
    console.type('poweroff\n');
    await until('it is off', async () => (await vm()).state === 'Stopped', 120_000);
    expect(qemuProcesses(virtgate.dataDirectory)).toEqual([]);
    // Events and causes come on watches of their own.
    await until('its owner can see why', async () => {
      const look = async (path: string): Promise<Json> =>
        (await virtgate.rest('GET', `/projects/demo/vms/real-1/${path}`)).body;
      const [events, diagnosis] = [await look('events?limit=100'), await look('diagnosis')];
      const words = 'The VirtualMachineInstance was shut down.';
      return (
        events.items.some(({ type, message }: Json) => type === 'Normal' && message === words) &&
        diagnosis.causes.some(({ code }: Json) => code === 'machine.ended_inside')
      );
    });
    expect((await virtgate.settled(await run('POST', '/real-1/start'))).state).toBe('SUCCEEDED');
    console.close();
    await expect(ConsoleEnd.open(session.body.websocketUrl)).rejects.toThrow();
  }, 240_000);

  it('pauses, resets and restarts the real process', async () => {
    expect((await virtgate.settled(await run('POST', '/real-1/pause'))).state).toBe('SUCCEEDED');
    expect((await vm()).state).toBe('Paused');
    expect((await virtgate.settled(await run('POST', '/real-1/unpause'))).state).toBe('SUCCEEDED');
    const [before] = qemuProcesses(virtgate.dataDirectory);
    expect((await virtgate.settled(await run('POST', '/real-1/reset'))).state).toBe('SUCCEEDED');
    expect(qemuProcesses(virtgate.dataDirectory)).toEqual([before]);
    expect((await virtgate.settled(await run('POST', '/real-1/restart', { force: true }))).state).toBe(
      'SUCCEEDED',
    );
    const [after] = qemuProcesses(virtgate.dataDirectory);
    expect(after).toBeGreaterThan(0);
    expect(after).not.toBe(before);
  }, 240_000);

  it('stops: its process is gone; starts again; is deleted with its disk: its files are gone', async () => {
    expect((await virtgate.settled(await run('POST', '/real-1/stop', { force: true }))).state).toBe(
      'SUCCEEDED',
    );
    expect(qemuProcesses(virtgate.dataDirectory)).toEqual([]);
    expect((await vm()).state).toBe('Stopped');

    expect((await virtgate.settled(await run('POST', '/real-1/start'))).state).toBe('SUCCEEDED');
    expect(qemuProcesses(virtgate.dataDirectory)).toHaveLength(1);

    expect((await virtgate.settled(await run('DELETE', '/real-1?disks=delete'))).state).toBe('SUCCEEDED');
    expect(qemuProcesses(virtgate.dataDirectory)).toEqual([]);
    expect(diskFiles(virtgate.dataDirectory)).toEqual([]);
    expect((await virtgate.rest('GET', '/projects/demo/vms/real-1')).status).toBe(404);
  }, 240_000);
});
