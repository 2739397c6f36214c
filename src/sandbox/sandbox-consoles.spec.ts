import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebSocket } from 'ws';
import { createSandbox, type Sandbox } from './sandbox.js';
import { ACTIONS, machine, SandboxClient, VMIS, VMS } from './testing/sandbox-client.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const INSTANCE = `${ACTIONS}/virtualmachineinstances`;
const PODS = '/api/v1/namespaces/team/pods';

describe('consoles of the sandbox', () => {
  let directory: string;
  let sandbox: Sandbox;
  let client: SandboxClient;
  const sockets: WebSocket[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sandbox-'));
    sandbox = await createSandbox({ dataDirectory: directory, port: 0, driver: 'simulated', logger: silent });
    await sandbox.start();
    client = new SandboxClient(sandbox.kubeconfigPath);
    await client.call('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'team' },
    });
    await client.call('POST', VMS, machine('seen'));
    await client.untilStatus('seen', 'Running', 60_000);
  }, 120_000);

  afterAll(async () => {
    for (const socket of sockets) socket.terminate();
    await sandbox.stop({ detachGuests: false });
    await rm(directory, { recursive: true, force: true });
  });

  const open = async (path: string): Promise<WebSocket> => {
    const socket = await client.socket(path);
    sockets.push(socket);
    return socket;
  };
  const closed = (socket: WebSocket) => new Promise<number>((resolve) => socket.once('close', resolve));
  const bytes = (socket: WebSocket, count: number) =>
    new Promise<Buffer>((resolve, reject) => {
      let all = Buffer.alloc(0);
      socket.once('close', () => reject(new Error('closed')));
      const read = (part: Buffer) => {
        all = Buffer.concat([all, part]);
        if (all.length < count) return;
        socket.off('message', read);
        resolve(all);
      };
      socket.on('message', read);
    });

  it('serves a screen over RFB that moves, and as a picture', async () => {
    const socket = await open(`${INSTANCE}/seen/vnc`);
    const shown = bytes(socket, 12 + 2 + 4 + 48);
    socket.send('RFB 003.008\n');
    socket.send(Buffer.of(1));
    socket.send(Buffer.of(1));
    const [greeting, init] = [(await shown).subarray(0, 12), (await shown).subarray(18)];
    expect(greeting.toString()).toBe('RFB 003.008\n');
    const [width, height] = [init.readUInt16BE(0), init.readUInt16BE(2)];
    const frame = async () => {
      const picture = bytes(socket, 16 + width * height * 4);
      socket.send(Buffer.of(3, 0, 0, 0, 0, 0, width >> 8, width & 0xff, height >> 8, height & 0xff));
      return (await picture).subarray(16);
    };
    const first = await frame();
    let next = first;
    while (next.equals(first)) next = await frame();
    expect(next).toHaveLength(first.length);
    socket.close();
    await closed(socket);
    await client.until(
      () => client.call('GET', `${INSTANCE}/seen/vnc/screenshot`),
      ({ code }) => code === 200,
    );
  });

  it('lets one VNC client in: the next one ends it, unless the session is to be preserved', async () => {
    const first = await open(`${INSTANCE}/seen/vnc`);
    await expect(client.socket(`${INSTANCE}/seen/vnc?preserveSession=true`)).rejects.toThrow('500');
    expect(await client.call('GET', `${INSTANCE}/seen/vnc/screenshot`)).toMatchObject({
      code: 500,
      body: expect.stringContaining('Active VNC connection. Request denied.'),
    });
    const end = closed(first);
    const second = await open(`${INSTANCE}/seen/vnc`);
    await end;
    expect(second.readyState).toBe(second.OPEN);
    second.close();
    await closed(second);
  });

  it('forwards a port of the instance and of the machine', async () => {
    for (const path of [
      `${INSTANCE}/seen/portforward/22`,
      `${INSTANCE}/seen/portforward/22/tcp`,
      `${ACTIONS}/virtualmachines/seen/portforward/8080`,
    ]) {
      const socket = await open(path);
      const heard = bytes(socket, 5);
      socket.send('hello');
      expect((await heard).toString()).toBe('hello');
      socket.close();
    }
  });

  it.each([
    ['virtualmachineinstances/none/portforward/22', '404'],
    ['virtualmachines/none/portforward/22', '404'],
    ['virtualmachineinstances/seen/portforward/0', '400'],
    ['virtualmachineinstances/seen/portforward/70000', '400'],
    ['virtualmachineinstances/seen/portforward/22/udp', '400'],
    ['virtualmachineinstances/none/vnc', '404'],
  ])('refuses %s with %s', async (path, status) => {
    await expect(client.socket(`${ACTIONS}/${path}`)).rejects.toThrow(status);
  });

  it('refuses what the machine has not, or not now', async () => {
    const bare = { devices: { autoattachGraphicsDevice: false, autoattachSerialConsole: false } };
    await client.call('POST', VMS, machine('bare', { domain: { ...bare, memory: { guest: '64Mi' } } }));
    await client.call('POST', VMS, machine('off', { spec: { runStrategy: 'Halted' } }));
    await client.untilStatus('bare', 'Running');
    await client.untilStatus('off', 'Stopped');
    await expect(client.socket(`${INSTANCE}/bare/vnc`)).rejects.toThrow('400');
    await expect(client.socket(`${INSTANCE}/bare/console`)).rejects.toThrow('400');
    expect(await client.call('GET', `${INSTANCE}/bare/vnc/screenshot`)).toEqual({
      code: 500,
      body: 'No graphics devices are present.',
    });
    await expect(client.socket(`${ACTIONS}/virtualmachines/off/portforward/22`)).rejects.toThrow('409');
    await client.call('PUT', `${INSTANCE}/bare/pause`);
    await expect(client.socket(`${INSTANCE}/bare/portforward/22`)).rejects.toThrow('409');
  });

  it('tells what the guest printed as the log of its pod', async () => {
    const { metadata } = await client.get(`${VMIS}/seen`);
    const { items } = await client.get(`${PODS}?labelSelector=kubevirt.io/created-by=${metadata.uid}`);
    const log = `${PODS}/${items[0].metadata.name}/log`;
    const { body } = await client.until(
      () => client.call('GET', `${log}?container=guest-console-log`),
      ({ code, body: text }) => code === 200 && text.includes('login'),
    );
    expect(body).toContain('virtgate simulated guest ready seen');
    const tail = await client.call('GET', `${log}?container=guest-console-log&tailLines=2`);
    expect(tail.body.trimEnd().split('\n')).toHaveLength(2);
    expect((await client.call('GET', `${log}?container=guest-console-log&limitBytes=10`)).body).toHaveLength(
      10,
    );
    expect(await client.call('GET', log)).toEqual({ code: 200, body: '' });
    expect(await client.call('GET', `${log}?container=none`)).toMatchObject({ code: 400 });
    expect(await client.call('GET', `${PODS}/none/log`)).toMatchObject({ code: 404 });
  });
});
